"""Interactive work in JupyterLab: sliders that try changes of a county, the new assessment beside the old one."""

from edukit.exploring.desk import Desk, explore

__all__ = ["Desk", "explore"]
