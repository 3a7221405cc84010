"""Furnish the simulated Trading Grid as the scenario says: companies, people, and a space for each community."""

import secrets
from dataclasses import dataclass, field

from pydantic import SecretStr

from ops.sandbox.scenario import Scenario
from ops.sandbox.scenario_parts import Person
from ops.sandbox.trading_grid.community_host import CommunityHost
from ops.sandbox.trading_grid.rows import Company, Contact


@dataclass
class Furniture:
    """What was put there, by the scenario's names and by people's e-mail addresses."""

    hub_company: str = ""
    spaces: dict[str, str] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, SecretStr] = field(default_factory=dict)


def furnish(host: CommunityHost, scenario: Scenario) -> Furniture:
    """Put everything there and return where it is. Each person gets a password of their own, new each time."""
    furniture = Furniture(hub_company=_company(host, scenario.hub.company))
    _person(host, furniture, scenario.hub.administrator, furniture.hub_company, is_administrator=True)
    own_member = _person(host, furniture, scenario.hub.member, furniture.hub_company)
    for name, community in scenario.communities.items():
        furniture.companies[name] = _company(host, community.company)
        furniture.spaces[name] = host.open_space(community.name).id
        partner = _person(host, furniture, community.partner, furniture.companies[name])
        host.directory.set_role(furniture.spaces[name], own_member, "Editor")
        host.directory.set_role(furniture.spaces[name], partner, "Observer")
    for outsider in scenario.outsiders.values():
        _person(host, furniture, outsider, _company(host, outsider.company))
    return furniture


def _company(host: CommunityHost, name: str) -> str:
    company = Company(host.new_id(), name)
    host.directory.put_company(company)
    return company.id


def _person(
    host: CommunityHost, furniture: Furniture, person: Person, company: str, *, is_administrator: bool = False
) -> str:
    password = secrets.token_urlsafe(16)
    contact = Contact(host.new_id(), person.name, person.email, company, password, is_administrator=is_administrator)
    host.directory.put_contact(contact)
    furniture.contacts[person.email] = contact.id
    furniture.passwords[person.email] = SecretStr(password)
    return contact.id
