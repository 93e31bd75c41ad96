# SPDX-License-Identifier: Apache-2.0
"""matplotlib's SVG made fit to stand in a page: small, themable, described."""

import re
from xml.etree import ElementTree as ET

INK = "#000006"
"""Drawn in the colour of the text around the plot."""
GRID = "#000007"
SERIES = {
    "base": "#000001",
    "target": "#000002",
    "crossover": "#000003",
    "sham": "#000004",
}
"""Stand-ins that become CSS variables, so that one plot serves light and dark."""
OTHER = "#000005"

ROOT = "plot"
"""Behind its prefix, the id of a whole plot."""

_THEME = {
    INK: "currentColor",
    GRID: "var(--grid)",
    OTHER: "var(--series-other)",
    **{colour: f"var(--series-{name})" for name, colour in SERIES.items()},
}
_UNNEEDED = {"font-family", "stroke-linecap", "stroke-linejoin"}
_NAMESPACE = re.compile(r"\{[^}]*\}")
_NUMBER = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([A-Za-z_][\w-]*)")


def tidy(drawing: str, *, prefix: str, title: str, description: str) -> str:
    """Return the drawing as an element for a page.

    Args:
        drawing: A document as matplotlib writes it.
        prefix: Put before every id: ids are shared by all plots of a page.
        title: What the plot is called.
        description: What it shows, for those who cannot see it.
    """
    # The drawing is matplotlib's, not a stranger's.
    root = ET.fromstring(drawing)  # noqa: S314
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("metadata", "}style")):
                parent.remove(child)
    used = set(_REFERENCE.findall(drawing))
    for element in root.iter():
        _clean(element, used, prefix)
    _flatten(root)
    width, height = root.attrib["viewBox"].split()[2:]
    root.attrib.clear()
    root.attrib.update(
        {
            "id": f"{prefix}{ROOT}",
            "class": "plot",
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "aria-labelledby": f"{prefix}t {prefix}d",
        }
    )
    for at, (name, text) in enumerate((("title", title), ("desc", description))):
        label = ET.Element(name, {"id": f"{prefix}{name[0]}"})
        label.text = text
        root.insert(at, label)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element, used: set[str], prefix: str) -> None:
    element.tag = _NAMESPACE.sub("", element.tag)
    element.text = (element.text or "").strip() or None
    element.tail = None
    attributes = dict(element.attrib)
    element.attrib.clear()
    for name, value in attributes.items():
        plain = _NAMESPACE.sub("", name)
        if plain == "transform" and value.startswith("rotate(-0"):
            continue
        if plain != "id":
            element.set(plain, _value(plain, value, prefix))
        elif value in used:
            element.set("id", prefix + value)


def _flatten(parent: ET.Element) -> None:
    """Take groups away that say nothing; their members move up."""
    members: list[ET.Element] = []
    for child in parent:
        _flatten(child)
        empty = child.tag in {"g", "defs"} and not len(child)
        if child.tag == "g" and not child.attrib:
            members += child
        elif not empty:
            members.append(child)
    parent[:] = members


def _value(name: str, value: str, prefix: str) -> str:
    if name == "style":
        return _themed(value).replace("url(#", f"url(#{prefix}")
    if name == "href":
        return value.replace("#", f"#{prefix}")
    value = value.replace("url(#", f"url(#{prefix}")
    # A tenth of a point is less than anybody sees, and half of the bytes.
    rounded = " ".join(
        _NUMBER.sub(lambda found: f"{float(found[0]):.1f}", value).split()
    )
    short = re.sub(r"\.0\b", "", rounded)
    if name == "d" and not set("CQz") & set(short):
        # After M every further pair is a line.
        return short.replace(" L ", " ")
    return short


def _themed(style: str) -> str:
    kept = []
    for rule in style.split(";"):
        key, _, value = (part.strip() for part in rule.partition(":"))
        if key and key not in _UNNEEDED:
            kept.append(f"{key}:{value}")
    themed = ";".join(kept)
    for colour, meaning in _THEME.items():
        themed = themed.replace(colour, meaning)
    return themed
