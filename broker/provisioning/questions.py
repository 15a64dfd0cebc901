"""Reading what a query asks for: filter, page, attributes (RFC 7644 3.4.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim2_models import (
    Context,
    InvalidFilterException,
    ListResponse,
    NotImplementedException,
    Resource,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
    SensitiveException,
)
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, Present, ValuePath

from broker.provisioning.refusals import in_scim_words, ours

MOST_RESULTS: Final = 200
MOST_SCANNED: Final = 2000
_USUAL_PAGE: Final = 100
_LONGEST_FILTER: Final = 1000
_SECRET: Final = ("snils", "password")
_SECRET_NAMED: Final = re.compile(r"\b(?:snils|password)\b", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    """A query that was understood. `offset` counts from 0."""

    filter: ScimFilter[Any] | None
    offset: int
    limit: int
    shows: ResponseParameters[Any]

    def wants(self, name: str) -> bool:
        """Whether an attribute that is told by default will be in the answer."""
        shown, left_out = self.shows.attributes, self.shows.excluded_attributes
        if shown:
            return name in [str(path).rpartition(":")[2].partition(".")[0].lower() for path in shown]
        return name not in [str(path).rpartition(":")[2].lower() for path in left_out or ()]


def question_of(model: type[Resource[Any]], unverified: Mapping[str, Any], *, is_in_address: bool) -> Question:
    """Read a query for one type of resource. `is_in_address` says that it stood in the URL, where nothing secret may stand.

    Raises:
        SCIMException: invalidFilter, invalidValue, sensitive (RFC 7644 7.5.2), 501 for a wish to sort.
    """
    known = ("attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "schemas")
    names = {name.lower(): name for name in known}
    asked = {names[name.lower()]: value for name, value in unverified.items() if name.lower() in names and value != ""}
    _require_not_secret(asked.get("filter"), is_in_address=is_in_address)
    if "sortBy" in asked or "sortOrder" in asked:
        raise ours(NotImplementedException, "The order of results cannot be chosen")
    with in_scim_words():
        read: Any = SearchRequest[model].model_validate(asked, scim_ctx=Context.SEARCH_REQUEST)  # type: ignore[valid-type]
    if read.filter is not None and any(name in _SECRET for name in _names(read.filter.ast)):
        raise ours(InvalidFilterException, "The filter names an attribute that is never told")
    limit = min(_USUAL_PAGE if read.count is None else read.count, MOST_RESULTS)
    return Question(read.filter, max(read.start_index_0 or 0, 0), limit, read)


def wanted_values(node: FilterNode | None, names: Sequence[str]) -> tuple[str, str] | None:
    """The first `name eq "value"` that every result must fulfil, for one of the names; None when there is none."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return next(filter(None, (wanted_values(term, names) for term in node.terms)), None)
    if isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        found = str(node.attr_path).rpartition(":")[2].lower()
        return (found, node.value) if found in names else None
    return None


def list_answer(model: type[Resource[Any]], found: Sequence[Any], total: int, asked: Question) -> dict[str, Any]:
    """One page of results."""
    message: Any = ListResponse[model](  # type: ignore[valid-type]
        total_results=total, start_index=asked.offset + 1, items_per_page=len(found), resources=list(found)
    )
    dumped: dict[str, Any] = message.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=asked.shows)
    return dumped


def _require_not_secret(unverified_filter: object, *, is_in_address: bool) -> None:
    if not isinstance(unverified_filter, str):
        return
    if len(unverified_filter) > _LONGEST_FILTER:
        raise ours(InvalidFilterException, f"At most {_LONGEST_FILTER} signs make a filter")
    if is_in_address and _SECRET_NAMED.search(unverified_filter):
        raise ours(SensitiveException, "A SNILS or a password may not stand in an address")


def _names(node: FilterNode) -> Iterator[str]:
    """Every attribute a filter names, without its schema, in small letters."""
    if isinstance(node, LogicalExpr):
        for term in node.terms:
            yield from _names(term)
    elif isinstance(node, Not):
        yield from _names(node.expr)
    elif isinstance(node, Comparison | Present | ValuePath):
        yield from str(node.attr_path).rpartition(":")[2].lower().split(".")
        if isinstance(node, ValuePath):
            yield from _names(node.val_filter)
