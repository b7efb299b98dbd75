"""What Graph's bodies are like, as JSON Schemas written from Microsoft's pages (read 2026-11-22).

Microsoft's own models are 212 MB of Python with nothing to check a body by, so they are not used.
"""

from typing import Any

import jsonschema_rs

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_OR_NULL: Json = {"type": ["string", "null"]}
_BOOL: Json = {"type": "boolean"}
_TIME: Json = {
    "type": "object",
    "properties": {
        "dateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"},
        "timeZone": _TEXT,
    },
    "required": ["dateTime", "timeZone"],
    "additionalProperties": False,
}
_ADDRESS: Json = {
    "type": "object",
    "properties": {"emailAddress": {"type": "object", "required": ["name", "address"]}},
    "required": ["emailAddress"],
}


def _of(properties: Json, *optional: str, others: bool = False) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": others,
    }


EVENT: Json = _of(
    {
        "@odata.type": {"const": "#microsoft.graph.event"},
        "@odata.etag": {"type": "string", "pattern": '^W/".+"$'},
        "id": _TEXT,
        "createdDateTime": _TEXT,
        "lastModifiedDateTime": _TEXT,
        "changeKey": _TEXT,
        "categories": {"type": "array", "items": _TEXT},
        "transactionId": _OR_NULL,
        "originalStartTimeZone": _TEXT,
        "originalEndTimeZone": _TEXT,
        "iCalUId": _TEXT,
        "reminderMinutesBeforeStart": {"type": "integer"},
        "isReminderOn": _BOOL,
        "hasAttachments": _BOOL,
        "subject": _TEXT,
        "bodyPreview": _TEXT,
        "importance": {"enum": ["low", "normal", "high"]},
        "sensitivity": {"enum": ["normal", "personal", "private", "confidential"]},
        "isAllDay": _BOOL,
        "isCancelled": _BOOL,
        "isOrganizer": _BOOL,
        "responseRequested": _BOOL,
        "seriesMasterId": _OR_NULL,
        "showAs": {"enum": ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]},
        "type": {"enum": ["singleInstance", "occurrence", "exception", "seriesMaster"]},
        "webLink": _TEXT,
        "isOnlineMeeting": _BOOL,
        "isDraft": _BOOL,
        "recurrence": {"type": ["object", "null"]},
        "responseStatus": {"type": "object", "required": ["response"]},
        "body": _of({"contentType": {"enum": ["text", "html"]}, "content": _TEXT}),
        "start": _TIME,
        "end": _TIME,
        "location": {"type": "object", "required": ["displayName"]},
        "attendees": {"type": "array"},
        "organizer": _ADDRESS,
    }
)
_OCCURRENCE: Json = _of(
    {
        "@odata.type": {"const": "#microsoft.graph.event"},
        "@odata.etag": _TEXT,
        "id": _TEXT,
        "seriesMasterId": _TEXT,
        "type": {"const": "occurrence"},
        "start": _TIME,
        "end": _TIME,
    }
)
_REMOVED: Json = _of(
    {
        "@odata.type": {"const": "#microsoft.graph.event"},
        "id": _TEXT,
        "@removed": _of({"reason": {"enum": ["deleted", "changed"]}}),
    }
)
DELTA: Json = _of(
    {
        "@odata.context": _TEXT,
        "@odata.nextLink": {"type": "string", "format": "uri"},
        "@odata.deltaLink": {"type": "string", "format": "uri"},
        "value": {"type": "array", "items": {"oneOf": [EVENT, _OCCURRENCE, _REMOVED]}},
    },
    "@odata.nextLink",
    "@odata.deltaLink",
) | {"oneOf": [{"required": ["@odata.nextLink"]}, {"required": ["@odata.deltaLink"]}]}
CALENDAR: Json = _of(
    {
        "id": _TEXT,
        "name": _TEXT,
        "color": _TEXT,
        "changeKey": _TEXT,
        "isDefaultCalendar": _BOOL,
        "canShare": _BOOL,
        "canViewPrivateItems": _BOOL,
        "canEdit": _BOOL,
        "isRemovable": _BOOL,
        "owner": _of({"name": _TEXT, "address": _TEXT}),
    }
)
SUBSCRIPTION: Json = _of(
    {
        "@odata.context": _TEXT,
        "id": _TEXT,
        "resource": _TEXT,
        "applicationId": _TEXT,
        "changeType": _TEXT,
        "clientState": _OR_NULL,
        "notificationUrl": {"type": "string", "format": "uri"},
        "lifecycleNotificationUrl": _OR_NULL,
        "expirationDateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"},
        "creatorId": _TEXT,
    }
)
NOTIFICATION: Json = _of(
    {
        "subscriptionId": _TEXT,
        "subscriptionExpirationDateTime": _TEXT,
        "tenantId": _TEXT,
        "clientState": _OR_NULL,
        "changeType": {"enum": ["created", "updated", "deleted"]},
        "resource": _TEXT,
        "resourceData": _of({"@odata.type": _TEXT, "@odata.id": _TEXT, "@odata.etag": _TEXT, "id": _TEXT}),
    }
)
LIFECYCLE: Json = _of(
    {
        "subscriptionId": _TEXT,
        "subscriptionExpirationDateTime": _TEXT,
        "tenantId": _TEXT,
        "clientState": _OR_NULL,
        "lifecycleEvent": {"enum": ["reauthorizationRequired", "subscriptionRemoved", "missed"]},
    }
)
SCHEDULE: Json = _of(
    {
        "scheduleId": _TEXT,
        "availabilityView": _TEXT,
        "scheduleItems": {
            "type": "array",
            "items": _of(
                {"status": _TEXT, "start": _TIME, "end": _TIME, "isPrivate": _BOOL}, "isPrivate", others=True
            ),
        },
        "error": _of({"message": _TEXT, "responseCode": _TEXT}),
    },
    "error",
)
ERROR: Json = _of({"error": _of({"code": _TEXT, "message": _TEXT, "innerError": {"type": "object"}})})
TOKENS: Json = _of(
    {
        "token_type": {"const": "Bearer"},
        "scope": _TEXT,
        "expires_in": {"type": "integer"},
        "ext_expires_in": {"type": "integer"},
        "access_token": _TEXT,
        "refresh_token": _TEXT,
    },
    "refresh_token",
)


def check(body: Any, shape: Json) -> Any:
    """The body itself; raises jsonschema's error when it isn't of that shape."""
    jsonschema_rs.validator_for(shape).validate(body)
    return body
