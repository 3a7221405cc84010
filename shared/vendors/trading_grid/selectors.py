"""Where a value stands in a vendor's JSON, written as a dotted path: `root_folder.id`, `entries.0.blobId`."""

from typing import Annotated

from pydantic import StringConstraints

Selector = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]


def select(content: object, selector: str) -> object:
    """Return what stands at `selector`; None when nothing does, or when something on the way is of another kind."""
    for step in selector.split("."):
        if isinstance(content, dict):
            content = content.get(step)
        elif isinstance(content, list) and step.isdecimal() and int(step) < len(content):
            content = content[int(step)]
        else:
            return None
    return content
