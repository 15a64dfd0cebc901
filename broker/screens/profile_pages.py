"""The pages of a signed-in person about themselves: ways in, permissions, devices. The values each one shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from broker.screens.field_errors import FieldError
from broker.screens.pages import require_safe_address
from broker.screens.values import RegionName

Way = Literal["phone", "email"]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A phone or an e-mail as its owner may see it. `confirm_url` leads on while it is not confirmed.

    `masked` is None where there is no contact.
    """

    way: Way
    masked: str | None
    is_confirmed: bool
    change_url: str
    confirm_url: str | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.change_url, self.confirm_url)


@dataclass(frozen=True, slots=True)
class SignInRows:
    """The rows with an action: an address is None where there is nothing to do. `login_left` counts changes of the login.

    `only_gosuslugi` says in the place of the address why the person cannot disconnect: their region has no other way in.
    """

    connect_url: str | None = None
    unlink_url: str | None = None
    password_url: str | None = None
    password_changed_on: date | None = None
    login_url: str | None = None
    login_left: int = 0
    contacts: tuple[ContactRow, ...] = ()
    only_gosuslugi: bool = False

    def __post_init__(self) -> None:
        require_safe_address(self.connect_url, self.unlink_url, self.password_url, self.login_url)


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """E22: the ways to sign in. Only what the person may see of themselves; SNILS masked to two digits by the caller. `saved` is
    a key under `profile.saved`: what was done a moment ago. `upstream` is what they are connected to, None for Gosuslugi."""

    template: ClassVar[str] = "profile.html"
    first_name: str
    initial: str
    gosuslugi_linked_on: date | None
    login: str | None = None
    school: str | None = None
    class_name: str | None = None
    masked_snils: str | None = None
    rows: SignInRows = SignInRows()
    permissions_url: str = "/me/permissions"
    devices_url: str | None = None
    sign_out_url: str | None = None
    saved: str | None = None
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.permissions_url, self.devices_url, self.sign_out_url)


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """A new diary password. `needs_old` asks for the present one, `fresh_url` offers Gosuslugi instead of it.

    `only_proof` says that the region does not let anybody in by password alone. `login` fills a hidden field, so that a password
    manager keeps the new password with its name.
    """

    template: ClassVar[str] = "profile_password.html"
    action_url: str
    form_key: str
    login: str | None
    needs_old: bool
    fresh_url: str | None = None
    only_proof: bool = False
    errors: tuple[FieldError, ...] = ()
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.fresh_url, self.profile_url)


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The one change of the diary login. `typed` is what the person wrote before an error."""

    template: ClassVar[str] = "profile_login.html"
    action_url: str
    form_key: str
    login: str | None
    typed: str = ""
    errors: tuple[FieldError, ...] = ()
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.profile_url)


@dataclass(frozen=True, slots=True)
class ContactPage:
    """A new phone or e-mail. The old one is shown masked."""

    template: ClassVar[str] = "profile_contact.html"
    way: Way
    action_url: str
    form_key: str
    masked: str | None
    typed: str = ""
    errors: tuple[FieldError, ...] = ()
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.profile_url)


@dataclass(frozen=True, slots=True)
class ContactSentPage:
    """E15 from the profile: a letter or an SMS is under way to `masked`. For a phone the page takes the code. `is_late`: 8005."""

    template: ClassVar[str] = "profile_contact_sent.html"
    way: Way
    action_url: str
    form_key: str
    again_url: str
    again_key: str
    masked: str
    is_late: bool = False
    errors: tuple[FieldError, ...] = ()
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.again_url, self.profile_url)


@dataclass(frozen=True, slots=True)
class UnlinkPage:
    """E22 before Gosuslugi is disconnected. `why_not` is a key under `unlink.why_not`: then there is no button."""

    template: ClassVar[str] = "profile_unlink.html"
    action_url: str
    form_key: str
    why_not: Literal["last", "only"] | None = None
    password_url: str | None = None
    profile_url: str = "/me"
    upstream: RegionName | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.password_url, self.profile_url)


@dataclass(frozen=True, slots=True)
class UnlinkedPage:
    """Gosuslugi is disconnected and whoever came through it is signed out; tells nobody's name."""

    template: ClassVar[str] = "profile_unlinked.html"
    sign_in_url: str

    def __post_init__(self) -> None:
        require_safe_address(self.sign_in_url)


@dataclass(frozen=True, slots=True)
class RevokeForm:
    """One press takes a permission back; `consent_id` is ours and means nothing elsewhere."""

    action_url: str
    form_key: str
    consent_id: str

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class Permission:
    """What one service knows. `name_keys` are keys under `consent.item`; `until_on` is None while it has no end.

    `used_on` is the day the service was last used with it. `is_closed`: the service is paused or gone. `open_url` is where the
    service itself begins a sign-in (OpenID Connect Core 4).
    """

    service: str
    name_keys: tuple[str, ...]
    since_on: date
    until_on: date | None
    revoke: RevokeForm
    used_on: date | None = None
    receipt_url: str | None = None
    is_over: bool = False
    is_closed: bool = False
    open_url: str | None = None

    def __post_init__(self) -> None:
        require_safe_address(self.receipt_url, self.open_url)


@dataclass(frozen=True, slots=True)
class ChildAsks:
    """A child's request that this parent decides. Posts `decision` (allow or deny) and `asked_id`."""

    child: str
    service: str
    organisation: str
    name_keys: tuple[str, ...]
    until_on: date
    action_url: str
    form_key: str
    asked_id: str

    def __post_init__(self) -> None:
        require_safe_address(self.action_url)


@dataclass(frozen=True, slots=True)
class ChildPermissions:
    """The permissions of one child, shown to the parent of record."""

    child: str
    items: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class PermissionsPage:
    """E23. `revoked_service` names the service whose permission was just taken back; `decided` is a key under
    `permissions.decided`."""

    template: ClassVar[str] = "permissions.html"
    items: tuple[Permission, ...]
    revoked_service: str | None = None
    decided: str | None = None
    asks: tuple[ChildAsks, ...] = ()
    children: tuple[ChildPermissions, ...] = ()
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.profile_url)


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in browser. `browser` and `system` are words under `device.browser` and `device.system`, never the header.

    `region` is all that is told of the place.
    """

    browser: str
    system: str
    seen_at: datetime
    is_this: bool
    session_id: str
    region: RegionName | None = None


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """One line. `means` and `ended` ("" while it lasts) are keys under `history`; `upstream` is another one than Gosuslugi."""

    browser: str
    system: str
    opened_at: datetime
    means: str
    ended: str = ""
    region: RegionName | None = None
    upstream: RegionName | None = None


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """E24: sign out one device or all the others. Posts `session_id`, or nothing for all the others."""

    template: ClassVar[str] = "devices.html"
    devices: tuple[Device, ...]
    action_url: str
    form_key: str
    zone: str
    signed_out: int | None = None
    history: tuple[PastSignIn, ...] = ()
    sign_out_url: str | None = None
    password_url: str | None = None
    profile_url: str = "/me"

    def __post_init__(self) -> None:
        require_safe_address(self.action_url, self.profile_url, self.password_url, self.sign_out_url)
