"""The parts of an SRT address, as a person copies it from a server's page."""

from urllib.parse import parse_qs


def query_of(url: str) -> dict[str, str]:
    """What stands behind the first "?" of an address, by name; the last of equal names counts.

    A stream id of the form "#!::r=live/show,m=publish" (SRT Access Control, haivision/srt
    docs/features/access-control.md) is printed raw by servers, so a "#" belongs to it and begins no fragment.
    """
    query = url.partition("?")[2].replace("#", "%23")
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
