"""The `siyu` command."""

import os

import click


@click.group()
@click.version_option("0.1.0", prog_name="siyu")
def main() -> None:
    """siyu (私域): an operating system for private traffic."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    import django

    django.setup()
