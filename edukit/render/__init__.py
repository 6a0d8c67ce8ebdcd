"""Turn an executed notebook into a page that is complete in itself: no request, its own font, one script of ours."""

from edukit.render.check import check_html
from edukit.render.page import render_html

__all__ = ["check_html", "render_html"]
