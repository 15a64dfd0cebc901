"""Who of the people is staff, and as what: given and taken one by one, beside the documents that say it for many."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from broker.directory.document import STAFF_ROLES
from broker.directory.tables import PersonRow, StaffRoleRow
from broker.storage.database import Database


class StaffRoles:
    """Every change belongs into a unit of work with its event. A role is a word of STAFF_ROLES."""

    def __init__(self, database: Database):
        self._database = database

    def all(self) -> tuple[tuple[str, str], ...]:
        """Everybody with a role of staff: person and role, by person."""
        chosen = select(StaffRoleRow.person_id, StaffRoleRow.role).order_by(StaffRoleRow.person_id, StaffRoleRow.role)
        return tuple((row.person_id, row.role) for row in self._database.session.execute(chosen))

    def hold(self, role: str) -> None:
        """Let nobody else give or take this role until the unit of work ends, where somebody has it already."""
        self._database.session.execute(select(StaffRoleRow.person_id).where(StaffRoleRow.role == role).with_for_update()).all()

    def is_person(self, person_id: str) -> bool:
        """Whether there is such a person at all."""
        return self._database.session.execute(select(PersonRow.id).where(PersonRow.id == person_id)).first() is not None

    def give(self, person_id: str, role: str) -> bool:
        """Make somebody staff; False if they were so before.

        Raises:
            ValueError: no such role.
            LookupError: no such person.
        """
        if role not in STAFF_ROLES:
            raise ValueError(f"The role must be one of: {', '.join(STAFF_ROLES)}.")
        # The person is held, so that of two who give the same role at once the second finds it given.
        held = select(PersonRow.id).where(PersonRow.id == person_id).with_for_update()
        if self._database.session.execute(held).first() is None:
            raise LookupError("There is no such person.")
        same = (StaffRoleRow.person_id == person_id, StaffRoleRow.role == role)
        if self._database.session.execute(select(StaffRoleRow.role).where(*same)).first() is not None:
            return False
        self._database.session.execute(insert(StaffRoleRow).values(person_id=person_id, role=role))
        return True

    def take(self, person_id: str, role: str) -> bool:
        """Take a role away; False if there was none."""
        same = (StaffRoleRow.person_id == person_id, StaffRoleRow.role == role)
        return self._database.session.execute(delete(StaffRoleRow).where(*same)).rowcount == 1
