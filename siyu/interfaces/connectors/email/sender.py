"""One mail at a time. SMTP knows no idempotency: the key makes the Message-ID, by which mailboxes tell repetitions."""

import hashlib
import logging
import smtplib
from datetime import datetime

from django.core.mail import DNS_NAME, EmailMessage

from siyu.core.outreach.channels import Message, NotSent, Receipt, Sent
from siyu.core.outreach.decision import Decision

log = logging.getLogger("siyu.email")


class Smtp:
    name = "email"

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        number = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{DNS_NAME}>"
        mail = EmailMessage(message.subject, message.text, to=[message.to], headers={"Message-ID": number})
        try:
            mail.send(using="default")
        except (OSError, smtplib.SMTPException) as broken:
            log.warning("the mail server did not take a mail: %s", type(broken).__name__)  # its words name addresses
            raise NotSent("the mail could not be sent") from None
        return Receipt(self.name, number, at)

    def latest(self, limit: int) -> list[Sent]:
        return []
