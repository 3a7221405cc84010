"""The settings of a tenant whose vendors nobody calls."""

from shared.settings import TenantSettings


def tenant_settings() -> TenantSettings:
    """Return one community, one publication and two vendors on hosts that do not exist."""
    return TenantSettings.model_validate(
        {
            "smintio": {
                "identity_url": "https://acme.smint.example.com",
                "api_url": "https://acme.clapi.smint.example.com",
                "client_id": "fleet",
                "client_secret": "s",
                "refresh_token": "s",
                "operations": {
                    "generic_metadata": "/m",
                    "license_purchase_transactions": "/l",
                    "binaries": "/b/{cart}/{licence}",
                },
            },
            "trading_grid": {
                "profile": "ac_hal_json",
                "base_url": "https://tg.example.com",
                "tenant_id": "t",
                "client_id": "fleet",
                "client_secret": "s",
                "hub_company": "1",
            },
            "communities": {"eu": {"space": "s1", "companies": ("9",)}},
            "publications": {"all": {"title": "All", "folder": "All", "assets": {}, "audience": {}, "use": {}}},
        }
    )
