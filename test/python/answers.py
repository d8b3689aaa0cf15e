"""What the players say to every framework."""

from pydantic import BaseModel

WORDS = ["Hel", "lo ", "wörld 😀"]
TEXT = "".join(WORDS)
SAYS = {"says": WORDS}
PLACE = {"city": "Zürich", "days": [1, 2]}
GIVES = {"gives": PLACE}
ARGUMENTS = {"city": "Zürich"}
CALLS = {"calls": {"id": "call_1", "name": "get_weather", "arguments": ARGUMENTS}}
RESULT = "3 °C in Zürich"
# One point.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
IMAGE = f"data:image/png;base64,{PNG}"


class Place(BaseModel):
    """A place and its days."""

    city: str
    days: list[int]


def get_weather(city: str) -> str:
    """Tells the weather of a city."""
    return f"3 °C in {city}"
