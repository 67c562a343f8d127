"""The headers by which mail programs offer to unsubscribe (RFC 2369 and RFC 8058)."""


def unsubscribe_headers(address: str) -> dict[str, str]:
    """For a marketing mail, with the address of `stop_address`; none for a service mail.

    The provider or mail server must sign both with DKIM, or mail programs do not trust them.
    """
    if not address:
        return {}
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
