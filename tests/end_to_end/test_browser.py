"""The dashboards as a person meets them: a real browser walks all pages over the published copy."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from road import ROOT, Road, free_port, wait_until_up

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PAGES = {
    "Overview": "Executive overview",
    "Sales": "Sales",
    "Customers": "Customers",
    "Products": "Products",
    "Operations": "Operations",
    "Data health": "Data health",
}
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def address(published_road: Road) -> str:
    road = published_road
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app/streamlit_app.py", f"--server.port={port}"]
    process = subprocess.Popen(
        [*command, "--server.headless=true", "--server.address=127.0.0.1"],
        cwd=ROOT,
        env=road.environment,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    road.processes.append(process)
    address = f"http://127.0.0.1:{port}"
    wait_until_up(f"{address}/_stcore/health", process)
    return address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Callable[[int], Page]]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        yield lambda width: started.new_page(viewport={"width": width, "height": 1000})
        started.close()


@pytest.mark.parametrize("width", [1440, 390], ids=["laptop", "phone"])
def test_every_page_opens_with_its_sentence_and_no_exception(
    address: str, browser: Callable[[int], Page], width: int
) -> None:
    page = browser(width)
    outside: list[str] = []
    page.on("request", lambda request: None if address in request.url else outside.append(request.url))
    page.goto(address)
    for link, title in PAGES.items():
        if width < 600:
            page.goto(f"{address}/{'' if link == 'Overview' else link.split()[-1].lower()}")
        else:
            page.get_by_role("link", name=link, exact=True).click()
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible(timeout=30_000)
        expect(page.get_by_role("heading", level=4).first).to_be_visible(timeout=30_000)
        expect(page.get_by_test_id("stMetricValue").first).to_be_visible(timeout=30_000)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{title} is {overflow} px wider than the screen"
    assert [url for url in outside if not url.startswith(("data:", "blob:", "ws://127.0.0.1"))] == []
    page.close()
