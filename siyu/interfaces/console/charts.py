"""Figures for Plotly, built here and drawn by one static script; two templates, for day and night.

Plotly cannot read CSS variables, so the colours stand here once more; a test holds them against tokens.css.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import plotly

COLOURS = {
    "light": {
        "ink": "#26211b", "ink-soft": "#5c5347", "ground": "#f8f4ed", "line": "#e6ded1", "line-field": "#968a78",
        "private": "#b23d1e", "surface": "#fffdfa",
        "chart-1": "#b23d1e", "chart-2": "#205d97", "chart-3": "#c78509",
        "chart-4": "#08a398", "chart-5": "#60204f", "chart-6": "#665a4d",
    },
    "dark": {
        "ink": "#f4ede2", "ink-soft": "#c8bdad", "ground": "#171411", "line": "#3a332b", "line-field": "#83786a",
        "private": "#ea6e44", "surface": "#201c18",
        "chart-1": "#ea6e44", "chart-2": "#8fbaf5", "chart-3": "#f5bb48",
        "chart-4": "#6fe0d2", "chart-5": "#b66198", "chart-6": "#a8987f",
    },
}  # fmt: skip
SANS = '-apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif'


def template(theme: str) -> dict[str, Any]:
    colour = COLOURS[theme]
    return {
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": SANS, "color": colour["ink-soft"], "size": 13},
            "colorway": [colour[f"chart-{n}"] for n in range(1, 7)],
            "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
            "showlegend": False,
            "bargap": 0.5,
            "hoverlabel": {"bgcolor": colour["ink"], "bordercolor": colour["ink"], "font": {"color": colour["ground"]}},
            "xaxis": {"showgrid": False, "zeroline": False, "linecolor": colour["line"], "automargin": True},
            "yaxis": {"gridcolor": colour["line"], "zerolinecolor": colour["line"], "automargin": True},
        }
    }


def page(**figures: Any) -> dict[str, Any]:
    """What one page's charts need, as plain data for a data block."""
    return {
        "templates": {"siyu": template("light"), "siyu_dark": template("dark")},
        "figures": {name: json.loads(figure.to_json()) for name, figure in figures.items()},
    }


@cache
def map_styles() -> str:
    """The id of the style sheet for maps that Plotly would put into the page, against our policy, as it loads. It
    leaves it be where an element of that id stands already; the id changes with Plotly's version."""
    script = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text()
    found = re.search(r'getElementById\("([0-9a-f]{32,})"\)\)\{var \w+=document\.createElement\("style"\)', script)
    return found[1] if found else ""


def bars(
    labels: list[str],
    values: list[float],
    *,
    months: list[str],
    words: list[str],
    ticks: list[tuple[float, str]],
    links: list[str],
    running: str = "",
) -> Any:
    """A bar a month; pressing one opens the rows behind it. `running` is what to say of the last, if not yet whole."""
    import plotly.graph_objects as go

    bar = go.Bar(
        x=labels,
        y=values,
        customdata=[
            [word, link, f" {running}" if running and n == len(words) - 1 else ""]
            for n, (word, link) in enumerate(zip(words, links, strict=True))
        ],
        hovertemplate="%{x}%{customdata[2]}<br><b>%{customdata[0]}</b><extra></extra>",
        marker={
            "cornerradius": 4,
            "opacity": [0.5 if running and n == len(words) - 1 else 1 for n in range(len(words))],
        },
    )
    figure = go.Figure(bar, layout={"template": None, "height": 260})
    figure.update_xaxes(type="category", fixedrange=True, tickangle=0, tickvals=labels, ticktext=months)
    figure.update_yaxes(
        fixedrange=True,
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
        rangemode="tozero",
    )
    return figure


def ranks(labels: list[str], values: list[float], words: list[str], links: list[str]) -> Any:
    """A bar across for each, the longest first as they come; pressing one opens the rows behind it."""
    import plotly.graph_objects as go

    bar = go.Bar(
        x=values, y=labels, orientation="h", text=words, textposition="outside", cliponaxis=False,
        customdata=[[word, link] for word, link in zip(words, links, strict=True)],
        hovertemplate="%{y}<br><b>%{customdata[0]}</b><extra></extra>", marker={"cornerradius": 4},
    )  # fmt: skip
    figure = go.Figure(bar, layout={"template": None, "height": 40 * max(3, len(labels)) + 20})
    figure.update_xaxes(fixedrange=True, visible=False, range=[0, max(values, default=1) * 1.45 or 1])
    figure.update_yaxes(fixedrange=True, autorange="reversed", showgrid=False)
    return figure


def curves(lines: dict[str, tuple[list[float], list[str]]], ticks: list[tuple[float, str]], level: float | None) -> Any:
    """A line for each name, over months 0, 1, 2, …; `level` is a dashed line to compare them with."""
    import plotly.graph_objects as go

    figure = go.Figure(layout={"template": None, "height": 320})
    for name, (values, words) in lines.items():
        figure.add_scatter(
            x=list(range(len(values))), y=values, name=name, mode="lines+markers", customdata=words,
            hovertemplate="%{fullData.name}<br>%{x}: <b>%{customdata}</b><extra></extra>",
        )  # fmt: skip
    if level is not None:
        figure.add_hline(y=level, line_dash="dash", line_width=1.5)
    most = max((len(values) for values, _ in lines.values()), default=1)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.15})
    figure.update_xaxes(fixedrange=True, dtick=1, range=[-0.2, most - 0.8])
    figure.update_yaxes(
        fixedrange=True,
        zeroline=False,
        tickvals=[value for value, _ in ticks],
        ticktext=[text for _, text in ticks],
    )
    return figure


def course(days: list[str], values: list[float], spans: list[tuple[float, float]], words: list[str]) -> Any:
    """A mark a look with its interval; the line at nothing is the one that counts."""
    import plotly.graph_objects as go

    up = [high - value for value, (_, high) in zip(values, spans, strict=True)]
    down = [value - low for value, (low, _) in zip(values, spans, strict=True)]
    marks = go.Scatter(
        x=days, y=values, mode="markers", customdata=[[word, ""] for word in words], marker={"size": 7},
        error_y={"type": "data", "array": up, "arrayminus": down, "thickness": 2, "width": 0},
        hovertemplate="%{x}<br><b>%{customdata[0]}</b><extra></extra>",
    )  # fmt: skip
    figure = go.Figure(marks, layout={"template": None, "height": 260})
    figure.add_hline(y=0, line_dash="dash", line_width=1.5)
    figure.update_xaxes(fixedrange=True, type="category", nticks=6, tickangle=0)
    figure.update_yaxes(fixedrange=True, zeroline=False, tickformat="+.0%")
    return figure


SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")


def dots(labels: list[str], series: dict[str, list[float]], *, links: list[str]) -> Any:
    """A line a label, a mark a series; pressing one opens what is behind the line."""
    import plotly.graph_objects as go

    marks = [
        go.Scatter(
            x=values, y=labels, name=name, mode="markers", customdata=[["", link] for link in links],
            marker={"symbol": symbol, "size": 10, "opacity": 0.85},
            hovertemplate=f"%{{y}}<br>{name} <b>%{{x:,.1f}}</b><extra></extra>",
        )
        for (name, values), symbol in zip(series.items(), SYMBOLS, strict=True)
    ]  # fmt: skip
    figure = go.Figure(marks, layout={"template": None, "height": 120 + 34 * len(labels), "showlegend": True})
    figure.update_layout(legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0})
    figure.update_xaxes(fixedrange=True, rangemode="tozero", showgrid=True)
    figure.update_yaxes(fixedrange=True, type="category")
    return figure


FADED = 0.35


def sankey(nodes: list[tuple[str, str, str]], flows: list[tuple[int, int, int, str, str]]) -> Any:
    """`nodes`: label, colour, link; `flows`: from which to which node, how much, in words, and the link behind it."""
    import plotly.graph_objects as go

    colours = [COLOURS["light"][colour] for _, colour, _ in nodes]
    figure = go.Sankey(
        arrangement="snap",
        node={
            "label": [label for label, _, _ in nodes], "color": colours, "pad": 18, "thickness": 16,
            "line": {"width": 0}, "customdata": [["", link] for _, _, link in nodes],
            "hovertemplate": "%{label}<br><b>%{value:,}</b><extra></extra>",
        },
        link={
            "source": [start for start, *_ in flows], "target": [end for _, end, *_ in flows],
            "value": [much for _, _, much, _, _ in flows],
            "color": [faded(colours[start]) for start, *_ in flows],
            "customdata": [[word, link] for *_, word, link in flows],
            "hovertemplate": "%{customdata[0]}<extra></extra>",
        },
    )  # fmt: skip
    return go.Figure(figure, layout={"template": None, "height": 400, "margin": {"l": 0, "r": 0, "t": 8, "b": 24}})


def faded(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{FADED})"


def steps(highest: float, count: int = 4) -> list[float]:
    """Round values from zero to at least `highest`, for an axis."""
    if highest <= 0:
        return [0]
    raw = highest / count
    size = 10 ** (len(str(int(raw))) - 1) if raw >= 1 else 1
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw)
    return [step * n for n in range(int(-(-highest // step)) + 1)]
