"""Reading a county's workbook or CSV files into tidy frames that remember every cell's address."""

from edukit.workbook.grid import content_of
from edukit.workbook.package import MAX_FILE
from edukit.workbook.reading import Workbook, digest, read, sources
from edukit.workbook.table import Sheet

__all__ = ["MAX_FILE", "Sheet", "Workbook", "content_of", "digest", "read", "sources"]
