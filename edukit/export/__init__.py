"""Files for other programs than the browser: what a case holds, as Excel workbooks that people go on working with."""
