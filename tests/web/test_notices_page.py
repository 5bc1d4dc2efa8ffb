"""Signed-in staff print the notices; nobody else sees the page, which is the same for all browsers."""

from __future__ import annotations

from tests.web.conftest import Site


def test_the_notices_ask_for_a_sign_in(site: Site) -> None:
    answer = site.client().get("/desk/notices")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/desk/sign-in")


def test_signed_in_staff_get_a_page_to_print_and_its_style(site: Site) -> None:
    client = site.signed_in()
    page = client.get("/desk/notices")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert "分區平面圖" in html
    # The pages' own policy lets no style in the page take effect.
    assert "<style" not in html and "style=" not in html
    assert '<link rel="stylesheet" href="/desk/notices/notices.css">' in html
    assert client.get("/desk/notices/notices.css").mimetype == "text/css"
