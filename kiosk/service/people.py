"""Who may do what at this door, as its sign-ins say."""

from __future__ import annotations

import logging
from pathlib import Path

from kiosk.accounts import Accounts, AccountsError, WeakSecretError
from kiosk.gate.protocol import NewSecrets, Pin

log = logging.getLogger(__name__)


class People:
    """Looks into the file of sign-ins, anew each time: it changes while the door runs."""

    def __init__(self, file: Path) -> None:
        self._accounts = Accounts(file)

    def of_pin(self, pin: Pin) -> str | None:
        """Whose name and PIN this is."""
        account = self._accounts.check_pin(pin.name, pin.pin)
        return account.name if account else None

    def is_manager(self, name: str) -> bool:
        """Whether they are a manager."""
        try:
            account = self._accounts.account(name)
        except AccountsError as error:
            log.warning("nobody counts as a manager: %s", error)
            return False
        return account is not None and account.role == "manager"

    def renew(self, name: str, secrets: NewSecrets, save: bool) -> str | None:  # noqa: FBT001 - the desk calls it
        """Look whether somebody may get new secrets, or give them; a code of why not."""
        try:
            (self._accounts.renew if save else self._accounts.check_renewal)(
                name, secrets.password, secrets.pin
            )
        except WeakSecretError:
            return "weak_secret"
        except AccountsError as error:
            log.warning("no new secrets: %s", error)
            return "not_renewed"
        return None
