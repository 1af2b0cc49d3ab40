"""E-mail by SMTP, through Django's mail settings; SIYU_MAIL names the server."""
