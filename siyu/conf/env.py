"""All that can be set, read once: the environment, then `settings.env` in the data folder, then defaults."""

import os
import secrets
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path(os.environ.get("SIYU_HOME", "data")).resolve()


class Env(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SIYU_", env_file=HOME / "settings.env", extra="ignore")
    _mask_wrapped: ClassVar[bool] = True
    """Django asks each setting for it, each time; where there is none, pydantic looks for it at length."""

    home: Path = Field(HOME, description="The data folder: databases, lake, derived state, imports.")
    brand: str = Field("siyu", description="The brand's name, as the console shows it.")
    currency: str = Field("CNY", pattern="^[A-Z]{3}$", description="The one base currency, ISO 4217.")
    zone: str = Field("Asia/Shanghai", description="The brand's time zone: what a day is.")
    language: Literal["zh-hans", "en"] = Field("zh-hans", description="The console's language before anyone chooses.")
    database_url: str = Field("", description="postgresql://user:password@host/name; empty: SQLite in the data folder.")
    hosts: str = Field("127.0.0.1,localhost,[::1]", description="Host names the web server answers to, by comma.")
    host: str = Field("127.0.0.1", description="The address the web server listens on.")
    port: int = Field(8000, description="The port the web server listens on.")
    web_threads: int = Field(16, ge=1, description="Requests answered at once; more of them get in each other's way.")
    secure: bool = Field(False, description="Served over HTTPS: cookies are marked secure, HSTS is sent.")
    mail: str = Field(
        "",
        description="smtp://user:password@host:587 (STARTTLS) or smtps://…:465; empty: mails are files in the outbox.",
    )
    mail_from: str = Field("siyu@localhost", description="The sender of mails.")
    memory: str = Field("1GB", description="Memory of one analysis, in DuckDB's words.")
    threads: int = Field(2, description="Threads of one analysis.")
    landed_hours: int = Field(24, ge=0, description="Hours that landed batches are kept after they are in the lake.")
    backlog: int = Field(5_000_000, description="Messages that may wait for the lake before senders are slowed down.")
    backlog_mb: int = Field(
        2048, description="Compressed MiB that may wait for the lake before senders are slowed down."
    )
    pace: int = Field(
        300,
        ge=0,
        description="Events a minute that no person makes; who sends more is a bot until rules say otherwise.",
    )
    upload_mb: int = Field(512, description="The largest file in MiB that a browser may send.")
    shipping_fee: Decimal = Field(Decimal(0), ge=0, description="What shipping an order costs, in the base currency.")
    shipping_free_from: Decimal = Field(Decimal(0), ge=0, description="Goods of this worth are shipped for nothing.")
    demo_payments: bool = Field(False, description="Members may pay with a button and no money; for trying out only.")
    hold_minutes: int = Field(30, ge=1, description="How long goods and prices are held for an order not paid yet.")
    pick_up_hours: int = Field(72, ge=1, description="How long they are held where the buyer pays in the store.")
    backups: str = Field(
        "", description="Folders by comma in which copies of the data are kept; receipts of erasures name them."
    )
    backup_days: int = Field(35, ge=1, description="Days after which such a copy is deleted.")
    address: str = Field("http://127.0.0.1:8000", description="Where the world finds this house; gateways call there.")
    bank_account: str = Field(
        "", description="What buyers must know to pay by bank transfer; empty: that is not offered."
    )
    wechat_pay: str = Field("", description="A TOML file with the account of WeChat Pay; empty: not offered.")
    alipay: str = Field("", description="A TOML file with the account of Alipay; empty: not offered.")
    push_services: str = Field(
        "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
        description="Hosts by comma whose push services may bring messages to browsers; from a dot on, all below it.",
    )
    hooks: str = Field("", description="A TOML file with houses on the web that carry channels: docs/hooks.md.")
    debug: bool = Field(False, description="Django's debug pages; never outside a laptop.")


def remember(home: Path, **values: str) -> None:
    """Keep settings in the data folder, so that the next command starts with them."""
    path = home / "settings.env"
    lines = path.read_text().splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].removeprefix("SIYU_").lower() not in values]
    path.write_text("\n".join([*kept, *(f"SIYU_{name.upper()}={value}" for name, value in values.items())]) + "\n")


def secret(home: Path) -> str:
    """The key behind sessions and codes: made once, readable by the owner only."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()
