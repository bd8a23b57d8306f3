"""The validation report: one page for people, Great Expectations' Data Docs beneath it, and a summary for CI.

All of it is static and loads nothing from anywhere. Data Docs as Great Expectations writes them fetch styles, scripts
and a logo from seven hosts, which would tell those who reads the report and when; what they fetch is taken out, and a
small style sheet put in its place. Their own front page is nothing but such scripts: `index.html` here stands for it.
"""

import html
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from expectations.run import CheckResult, Inspection

FETCHED = re.compile(
    r"<script\b.*?</script>"
    r"|<link\b[^>]*\bhref=\"https?:[^>]*>"
    r"|<img\b[^>]*\bsrc=\"https?:[^>]*>"
    r"|url\(['\"]?https?:[^)]*\)",
    re.DOTALL,
)

DATA_DOCS_STYLE = """
<style>
  * { box-sizing: border-box }
  body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: #131824; background: #fff }
  a { color: #2f49b8 }
  nav { padding: .8rem 1.5rem; border-bottom: 1px solid #dfe3ea }
  .container-fluid { padding: 1rem 1.5rem }
  .row { display: block }
  ol.breadcrumb { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; margin: 0 }
  .breadcrumb-item + .breadcrumb-item::before { content: "/ " }
  .list-unstyled { list-style: none; padding: 0 }
  table { border-collapse: collapse; margin: .5rem 0 }
  td, th { border: 1px solid #dfe3ea; padding: .35rem .7rem; text-align: left; vertical-align: top }
  .badge { background: #eef0f5; border-radius: 4px; padding: 0 .3rem }
  .text-success { color: #0b6b4f }
  .text-danger { color: #b3261e }
  .text-warning { color: #8a5300 }
  .fas { font-style: normal; font-weight: 700 }
  .fa-check-circle::before { content: "\\2713" }
  .fa-times::before, .fa-times-circle::before { content: "\\2717" }
  .fa-exclamation-triangle::before { content: "!" }
  #ge-cta-footer, footer, .modal, .cooltip .top, .col-lg-2 { display: none }
  @media (prefers-color-scheme: dark) {
    body { color: #e8ebf2; background: #10131a }
    a { color: #9fb3ff }
    td, th, nav { border-color: #2a3140 }
    .badge { background: #2a3140 }
    .text-success { color: #5fd3a6 }
    .text-danger { color: #ff9389 }
  }
</style>
"""

PAGE_STYLE = """
<style>
  :root { --page: #fff; --ink: #131824; --muted: #5b6475; --line: #dfe3ea;
    --good: #0b6b4f; --bad: #b3261e; --warn: #8a5300 }
  @media (prefers-color-scheme: dark) {
    :root { --page: #10131a; --ink: #e8ebf2; --muted: #9aa4b8; --line: #2a3140;
      --good: #5fd3a6; --bad: #ff9389; --warn: #f2be6a }
  }
  body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: var(--page);
    font: 15px/1.5 "IBM Plex Sans", system-ui, sans-serif }
  h1 { font-size: 1.6rem; margin: 0 }
  h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem }
  p { margin: .3rem 0; color: var(--muted) }
  .scroll { overflow-x: auto }
  table { border-collapse: collapse; width: 100% }
  th { font-weight: 600; color: var(--muted) }
  td, th { border-bottom: 1px solid var(--line); padding: .4rem .7rem .4rem 0; text-align: left; vertical-align: top }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
  a { color: inherit }
  .holds { color: var(--good) }
  .critical { color: var(--bad); font-weight: 600 }
  .warning { color: var(--warn); font-weight: 600 }
  summary { cursor: pointer; color: var(--muted); margin: .4rem 0 }
  code { font-size: .9em }
</style>
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Validation report</title>
{style}</head><body>
<h1>Validation report</h1>
<p>{verdict}</p>
<p>Run {run_id}, checked at {checked_at} UTC.</p>
{layers}
</body></html>
"""


def write(folder: Path, run_id: str, results: Sequence[CheckResult], inspection: Inspection) -> None:
    """Replace the report in a folder: `index.html`, `summary.md` and `data_docs/`."""
    folder.mkdir(parents=True, exist_ok=True)
    data_docs = folder / "data_docs"
    inspection.write_data_docs(data_docs)
    detach(data_docs)
    (folder / "summary.md").write_text(summary(run_id, results))
    page = folder / "index.html.part"
    page.write_text(front_page(run_id, results, data_docs))
    page.replace(folder / "index.html")


def detach(data_docs: Path) -> None:
    """Take out of Data Docs whatever a browser would fetch from elsewhere."""
    for path in [*data_docs.rglob("*.html"), *data_docs.rglob("*.css")]:
        text = FETCHED.sub("", path.read_text())
        path.write_text(text.replace("</head>", f"{DATA_DOCS_STYLE}</head>") if path.suffix == ".html" else text)
    (data_docs / "index.html").write_text('<meta http-equiv="refresh" content="0; url=../index.html">\n')


def verdict(results: Sequence[CheckResult]) -> str:
    """The whole report in a sentence."""
    critical, warnings = (
        sum(not result.is_success and result.severity == severity for result in results)
        for severity in ("critical", "warning")
    )
    if critical:
        return f"{counted(critical, 'critical rule')} of {len(results)} not held: nothing was published."
    if warnings:
        return f"Every critical rule held; {counted(warnings, 'warning')} among {len(results)} rules."
    return f"All {len(results)} rules held."


def summary(run_id: str, results: Sequence[CheckResult]) -> str:
    """The report as Markdown, for a Prefect artifact or a CI run's page."""
    lines = [f"### Validation of run {run_id}", "", verdict(results), "", "| layer | rules | held | rows checked |"]
    lines.append("|---|---:|---:|---:|")
    for layer, group in by_layer(results):
        held = sum(result.is_success for result in group)
        lines.append(f"| {layer} | {len(group)} | {held} | {rows_checked(group):,} |")
    failed = [result for result in results if not result.is_success]
    if failed:
        lines += ["", "| severity | table | rule | failing rows | examples |", "|---|---|---|---:|---|"]
        lines += [
            f"| {result.severity} | {result.layer}.{result.table_name} | {in_cell(result.rule)} "
            f"| {result.failing_rows:,} | {in_cell(result.examples)} |"
            for result in failed
        ]
    return "\n".join(lines) + "\n"


def front_page(run_id: str, results: Sequence[CheckResult], data_docs: Path) -> str:
    """The page for people: what does not hold first, then each layer's rules, each table linked to its Data Docs."""
    checked_at = max((result.checked_at for result in results), default=None)
    sections = [layer_section(layer, group, data_docs) for layer, group in by_layer(results)]
    return PAGE.format(
        style=PAGE_STYLE,
        verdict=verdict(results),
        run_id=html.escape(run_id),
        checked_at=f"{checked_at:%Y-%m-%d %H:%M}" if checked_at else "no time",
        layers="\n".join(sections),
    )


def layer_section(layer: str, results: Sequence[CheckResult], data_docs: Path) -> str:
    """One layer: failures open, the rest folded."""
    failed = [result for result in results if not result.is_success]
    held = [result for result in results if result.is_success]
    tables = len({result.table_name for result in results})
    text = f"<h2>{layer.capitalize()}</h2><p>{len(held)} of {len(results)} rules held over {tables} tables.</p>"
    if failed:
        text += table(failed, data_docs)
    return text + f"<details><summary>Rules that held ({len(held)})</summary>{table(held, data_docs)}</details>"


def table(results: Sequence[CheckResult], data_docs: Path) -> str:
    """Rules as rows."""
    head = "<tr><th>result<th>table<th>rule<th class=n>rows<th class=n>failing<th>examples</tr>"
    rows = [
        f"<tr><td class={'holds' if result.is_success else result.severity}>"
        f"{'holds' if result.is_success else result.severity}<td>{linked(result, data_docs)}"
        f"<td>{html.escape(result.rule)}<td class=n>{result.checked_rows:,}<td class=n>{result.failing_rows:,}"
        f"<td><code>{html.escape(result.examples)}</code></tr>"
        for result in results
    ]
    return f"<div class=scroll><table>{head}{''.join(rows)}</table></div>"


def linked(result: CheckResult, data_docs: Path) -> str:
    """A table's name, as a link to its page of Data Docs where there is one."""
    pages = sorted((data_docs / "validations" / result.layer / result.table_name).rglob("*.html"))
    if not pages:
        return html.escape(result.table_name)
    return f'<a href="{pages[-1].relative_to(data_docs.parent)}">{html.escape(result.table_name)}</a>'


def by_layer(results: Iterable[CheckResult]) -> list[tuple[str, list[CheckResult]]]:
    """Results in the order the layers were checked."""
    return [(layer, list(group)) for layer, group in groupby(results, key=lambda result: result.layer)]


def rows_checked(results: Iterable[CheckResult]) -> int:
    """Rows of all tables, each counted once."""
    return sum({result.table_name: result.checked_rows for result in results}.values())


def counted(number: int, word: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def in_cell(text: str) -> str:
    """A text as one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
