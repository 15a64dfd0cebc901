"""What the service says of itself (RFC 7643 5-7, RFC 7644 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    ETag,
    Filter,
    ForbiddenException,
    ListResponse,
    Meta,
    NotFoundException,
    Pagination,
    Patch,
    Reference,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
)

from broker.provisioning.models import GroupResource, SchoolGroup, SchoolUser, UserResource
from broker.provisioning.questions import MOST_RESULTS
from broker.provisioning.refusals import ours
from broker.provisioning.visit import Answer

MOST_OPERATIONS: Final = 1000
MOST_BYTES: Final = 1_048_576


class Discovery:
    """The three endpoints that say what there is. They tell nothing of people, so they are open (RFC 7643 5)."""

    def __init__(self, base_url: str):
        self._base_url = base_url
        self._config = _config(base_url)
        models = (UserResource, GroupResource, SchoolUser, SchoolGroup)
        self._schemas = [self._located(model.to_schema(), "Schema", "Schemas") for model in models]
        types = (ResourceType.from_resource(UserResource), ResourceType.from_resource(GroupResource))
        self._types = [self._located(one, "ResourceType", "ResourceTypes") for one in types]

    def config(self, unverified_query: Mapping[str, Any]) -> Answer:
        """The capabilities."""
        _require_no_filter(unverified_query)
        return _one(self._config)

    def schemas(self, unverified_query: Mapping[str, Any]) -> Answer:
        """All schemas. Raises SCIMException: 403 for a filter (RFC 7644 4)."""
        _require_no_filter(unverified_query)
        return _all(Schema, self._schemas)

    def schema(self, urn: str, unverified_query: Mapping[str, Any]) -> Answer:
        """One schema. Raises SCIMException: 404."""
        _require_no_filter(unverified_query)
        return _found(self._schemas, urn)

    def types(self, unverified_query: Mapping[str, Any]) -> Answer:
        """All types of resources. Raises SCIMException: 403 for a filter (RFC 7644 4)."""
        _require_no_filter(unverified_query)
        return _all(ResourceType, self._types)

    def type(self, name: str, unverified_query: Mapping[str, Any]) -> Answer:
        """One type of resources. Raises SCIMException: 404."""
        _require_no_filter(unverified_query)
        return _found(self._types, name)

    def _located(self, found: Any, kind: str, folder: str) -> Any:
        found.meta = Meta(resource_type=kind, location=f"{self._base_url}/{folder}/{found.id}")
        return found


def _config(base_url: str) -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=True, max_operations=MOST_OPERATIONS, max_payload_size=MOST_BYTES),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=True),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        pagination=Pagination(cursor=False, index=True, default_page_size=100, max_page_size=MOST_RESULTS),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token of a diary",
                description="Made by `broker provisioning add`; limited to the schools of one region",
                spec_uri=Reference("https://www.rfc-editor.org/rfc/rfc6750"),
                primary=True,
            )
        ],
        meta=Meta(resource_type="ServiceProviderConfig", location=f"{base_url}/ServiceProviderConfig"),
    )


def _require_no_filter(unverified_query: Mapping[str, Any]) -> None:
    if any(name.lower() == "filter" for name in unverified_query):
        raise ours(ForbiddenException, "What the service says of itself is not filtered")


def _one(found: Resource[Any]) -> Answer:
    return Answer(200, found.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))


def _found(among: Sequence[Any], wanted: str) -> Answer:
    found = next((one for one in among if str(one.id).casefold() == wanted.casefold()), None)
    if found is None:
        raise ours(NotFoundException, "There is no such resource")
    return _one(found)


def _all(model: type[Resource[Any]], found: Sequence[Any]) -> Answer:
    message: Any = ListResponse[model](  # type: ignore[valid-type]
        total_results=len(found), start_index=1, items_per_page=len(found), resources=list(found)
    )
    return Answer(200, message.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))
