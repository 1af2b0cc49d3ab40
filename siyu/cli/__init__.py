"""The `siyu` command: one file per family of commands. A command imports what it needs when it is called."""

import os

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="siyu")
def main() -> None:
    """siyu (私域): an operating system for private traffic."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    import django

    django.setup()


from siyu.cli import audience, files, portrait, running, screening  # noqa: E402  they register themselves

__all__ = ["audience", "files", "main", "portrait", "running", "screening"]
