"""Where short links and live codes are answered: `door` before Django, `views` what needs a page."""
