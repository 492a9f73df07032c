"""`python -m ui.screenshot OUT`: a picture of the page answering its first example, with the real assistant and a real browser.

Needs what the browser tests need: playwright, and a Chromium of the system.
"""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path

from ui.words import words

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = (1280, 900)


def take(url: str, out: Path, *, dark: bool = False) -> None:
    """Asks the first example at `url`, opens its second mark and saves the picture. Raises RuntimeError without a Chromium."""
    from playwright.sync_api import sync_playwright

    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("no Chromium found: on Debian or Ubuntu run `apt-get install chromium`")
    width, height = SIZE
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page.goto(url)
        page.wait_for_selector(".lb-state-ready", timeout=120_000)
        page.fill("#lb-box textarea", words()["examples"]["items"][0]["question"])
        page.press("#lb-box textarea", "Enter")
        page.wait_for_selector("#lb-turn-0[data-state=done]", timeout=120_000)
        page.locator("#lb-turn-0 .lb-mark").nth(1).click()
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(300)
        page.screenshot(path=str(out))
        browser.close()


def main(arguments: list[str]) -> int:
    """Serves the page on a free port of this machine, takes the picture, stops."""
    if len(arguments) != 1:
        print("usage: python -m ui.screenshot OUT.png", file=sys.stderr)
        return 2
    from assistant.pipeline import Assistant
    from assistant.settings import get_settings
    from ui.serve import Site

    settings = get_settings()
    site = Site(lambda: Assistant.open(settings), "127.0.0.1", 0, settings)
    serving = threading.Thread(target=site.run, daemon=True)
    serving.start()
    site.ready.wait()
    try:
        take(site.url, Path(arguments[0]))
    finally:
        site.stop()
        serving.join(10)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
