"""One mail at a time. SMTP knows no idempotency: the key makes the Message-ID, by which mailboxes tell repetitions."""

import hashlib
import logging
import smtplib
from datetime import datetime

from django.core.mail import DNS_NAME, EmailMultiAlternatives

from siyu.core.outreach.channels import Doubtful, Message, NotSent, NotTaken, Receipt, Sent
from siyu.core.outreach.decision import Decision

log = logging.getLogger("siyu.email")


class Smtp:
    name = "email"

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        number = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{DNS_NAME}>"
        try:
            written(message, number).send(using="default")
        except (OSError, smtplib.SMTPException) as broken:
            log.warning("the mail server did not take a mail: %s", type(broken).__name__)  # its words name addresses
            raise why(broken) from None
        return Receipt(self.name, number, at)

    def latest(self, limit: int) -> list[Sent]:
        return []


def written(message: Message, number: str) -> EmailMultiAlternatives:
    headers = {"Message-ID": number, **unsubscribing(message), **message.headers}
    mail = EmailMultiAlternatives(message.subject, message.text, to=[message.to], headers=headers)
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def unsubscribing(message: Message) -> dict[str, str]:
    """With one press in the mailbox: RFC 8058."""
    if not message.unsubscribe:
        return {}
    return {"List-Unsubscribe": f"<{message.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def why(broken: Exception) -> NotSent:
    """For good, where the server says so of this mail; in doubt, where it left after the mail was begun."""
    if isinstance(broken, smtplib.SMTPRecipientsRefused):
        for_good = all(code >= 500 for code, _ in broken.recipients.values())
    else:
        for_good = isinstance(broken, smtplib.SMTPDataError) and broken.smtp_code >= 500
    if for_good:
        return NotTaken("the mail server refuses this mail for good")
    if isinstance(broken, smtplib.SMTPServerDisconnected | TimeoutError):
        return Doubtful("the mail server left in the middle")
    return NotSent("the mail could not be sent")
