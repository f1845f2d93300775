"""Plots as SVG, with nothing but text: bars a row of the table, and lines over numbers of threads."""

import html
import math

COLOURS = {
    "native": "#9aa0a6", "rewriting only": "#8fc7a4", "Seance": "#0b7a3b", "TSan gcc": "#c8553d",
    "TSan clang": "#e09f3e", "Helgrind": "#4a6fa5", "DRD": "#9db4d6",
}
FONT = 'font-family="DejaVu Sans, Verdana, sans-serif"'
LEFT, RIGHT, TOP, BOTTOM, WIDTH = 250, 70, 62, 34, 900


def text(x, y, words, size=11, anchor="start", colour="#222", more=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" {more}>'
            f"{html.escape(words)}</text>")


def line(x1, y1, x2, y2, colour="#ddd", width=1):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>')


def frame(width, height, parts):
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                      f'viewBox="0 0 {width} {height}" {FONT}>',
                      f'<rect width="{width}" height="{height}" fill="#fff"/>', *parts, "</svg>"]) + "\n"


def legend(tools, y):
    """One patch and name a tool, side by side."""
    parts, x = [], 20
    for tool in tools:
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{COLOURS[tool]}"/>')
        parts.append(text(x + 15, y, tool))
        x += 30 + 7 * len(tool)
    return parts


def ticks_between(low, high, mantissas=(1, 2, 5)):
    """1, 2, 5, 10, ... inside the limits."""
    ticks = [mantissa * 10.0 ** power for power in range(-4, 6) for mantissa in mantissas]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def tick_name(value, unit):
    return f"{value:g}{unit}"


class Scale:
    """Where a value lies on a logarithmic axis."""

    def __init__(self, values, start, length):
        below, above = min(values), max(values)
        marks = ticks_between(1e-4, 1e6)
        self.low = max([mark for mark in marks if mark <= below], default=below)
        self.high = min([mark for mark in marks if mark >= above * 1.05], default=above)
        self.start, self.length = start, length

    def at(self, value):
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.start + self.length * share

    def ticks(self):
        return ticks_between(self.low, self.high, (1, 2, 5) if self.high < 500 * self.low else (1,))


def bars(title, tools, rows, unit="x", origin=1.0):
    """rows: (title, {tool: value or (value,) where it is only a bound}); a bar goes from `origin` to its value."""
    thick, gap = 11, 12
    values = [v[0] if isinstance(v, tuple) else v for _, cells in rows for v in cells.values()]
    if not values:
        return None
    scale = Scale([*values, origin], LEFT, WIDTH - LEFT - RIGHT)
    height = TOP + BOTTOM + sum(thick * max(1, len(cells)) + gap for _, cells in rows)
    parts = [text(20, 22, title, 14, more='font-weight="bold"'), *legend(tools, 44)]
    for tick in scale.ticks():
        parts.append(line(scale.at(tick), TOP - 6, scale.at(tick), height - BOTTOM + 4))
        parts.append(text(scale.at(tick), height - BOTTOM + 18, tick_name(tick, unit), 10, "middle", "#555"))
    parts.append(line(scale.at(origin), TOP - 6, scale.at(origin), height - BOTTOM + 4, "#555"))
    y = TOP
    for name, cells in rows:
        parts.append(text(LEFT - 10, y + thick * len(cells) / 2 + 4, name, 11, "end"))
        for tool in tools:
            if tool not in cells:
                continue
            parts += one_bar(scale, y, thick, tool, cells[tool], unit, origin)
            y += thick
        y += gap
    return frame(WIDTH, height, parts)


def one_bar(scale, y, thick, tool, value, unit, origin):
    bound, value = isinstance(value, tuple), value[0] if isinstance(value, tuple) else value
    ends = sorted((scale.at(origin), scale.at(value)))
    digits = ".0f" if value >= 20 else ".1f" if value >= 1 else ".2g"
    label = f"{'> ' if bound else ''}{value:{digits}}{unit}"
    colour = COLOURS[tool]
    dash = ' fill-opacity="0.45"' if bound else ""
    return [f'<rect x="{ends[0]:.1f}" y="{y}" width="{max(1.0, ends[1] - ends[0]):.1f}" height="{thick - 1}" '
            f'fill="{colour}"{dash}/>',
            text(ends[1] + 4, y + thick - 3, label, 8.5, colour="#444")]


def one_panel(left, top, width, height, title, tools, counts, cells, scale):
    """cells: {tool: {threads: value}}"""
    def x(count):
        return left + width * counts.index(count) / max(1, len(counts) - 1)

    parts = [text(left, top - 8, title, 10.5)]
    for tick in scale.ticks():
        parts.append(line(left, scale.at(tick), left + width, scale.at(tick)))
        parts.append(text(left - 5, scale.at(tick) + 3, tick_name(tick, "x"), 8.5, "end", "#555"))
    parts += [text(x(count), top + height + 14, str(count), 9, "middle", "#555") for count in counts]
    for tool in tools:
        points = [(x(count), scale.at(value)) for count, value in sorted(cells.get(tool, {}).items())]
        parts.append('<polyline fill="none" stroke="{}" stroke-width="1.8" points="{}"/>'.format(
            COLOURS[tool], " ".join(f"{px:.1f},{py:.1f}" for px, py in points)))
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="2.4" fill="{COLOURS[tool]}"/>' for px, py in points]
    return parts


def panels(title, tools, counts, rows, across=3):
    """One small plot a row, lines over numbers of threads; rows: (title, {tool: {threads: value}})."""
    values = [v for _, cells in rows for line_of in cells.values() for v in line_of.values()]
    if not values:
        return None
    width, height, step_x, step_y = 225, 130, 290, 190
    down = (len(rows) + across - 1) // across
    parts = [text(20, 22, title, 14, more='font-weight="bold"'), *legend(tools, 44)]
    for number, (name, cells) in enumerate(rows):
        left, top = 50 + step_x * (number % across), 84 + step_y * (number // across)
        scale = Scale([*values, 1.0], top + height, -height)
        parts += one_panel(left, top, width, height, name, tools, counts, cells, scale)
    return frame(40 + step_x * across, 84 + step_y * down, parts)
