"""One mistake for each thing that the linter knows, and what it says of it."""

from dataclasses import dataclass

from tests.gitops.good_tree import FILES

ROUTER, EN, ZH = "assistants/router.md", "assistants/booking-en.md", "assistants/booking-zh.md"
FIND, END, SQUAD = "tools/find_times.yml", "tools/end_call.yml", "squads/desk.yml"
OUTPUT, SCENARIO = "structuredOutputs/was_booked.yml", "simulations/scenarios/booking.yml"

Edit = tuple[str, str, str]
"""A file, what it says, and what it says instead."""


@dataclass(frozen=True)
class Slip:
    """One mistake, and what is said of it."""

    rule: str
    edit: Edit
    at: str
    """Words on the line that the finding points at."""
    what: str
    """Words of the message."""
    file: str = ""
    """Where that line is, if not where the mistake is."""
    also: tuple[Edit, ...] = ()
    times: int = 1

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


_HEAD, _ZH_HEAD, ZH_MEMBER = FILES[SQUAD].partition("  - assistantId: booking-zh\n")
_TO_ITSELF = ZH_MEMBER.replace("assistantName: router", "assistantName: booking-zh").replace(
    "assistantName: booking-en", "assistantName: booking-zh"
)
_REMINDER = FILES[ZH].replace("name: booking-zh", "name: reminder-zh").partition("## 交接")[0]
_NAMELESS = FILES[EN].replace("name: booking-en\n", "").partition("## Handoffs")[0]
_SILENT_START = """  - type: request-start
    content: ""
    conditions: [{param: language, operator: eq, value: zh}]
"""
_ONLY_ENGLISH = """    conditions: [{param: language, operator: neq, value: zh}]
  - type: request-failed
    content: 没有查到。
    conditions: [{param: language, operator: eq, value: zh}]
"""
_ONLY_IN_ENGLISH = "    conditions: [{param: language, operator: neq, value: zh}]"
_LONGER = "day: {type: string}\n      doctor: {type: string}\n      reason: {type: string}"

SLIPS = [
    Slip(
        "limit", (EN, "temperature: 0.3", "temperature: true"), "temperature", "must be a number from 0 to 2"
    ),
    Slip("message-language", (FIND, _ONLY_ENGLISH, ""), "content: I wasn't", "said in calls in zh: I wasn't"),
    Slip(
        "unknown-field",
        (EN, "waitSeconds: 0.6", "waitSecond: 0.6"),
        "waitSecond",
        "did you mean waitSeconds?",
    ),
    Slip(
        "unknown-field", (EN, "name: booking-en", "name: booking-en\nprompt: Hi"), "prompt", "no prompt here"
    ),
    Slip(
        "unknown-field",
        (FIND, "content: Let", "contnet: Let"),
        "contnet",
        "did you mean content?",
        also=((ZH, "时，先说一句“我看一下。”，同一轮里调用", ""),),
    ),
    Slip(
        "unknown-field",
        (SQUAD, "assistantOverrides:", "assistantOverride: 1\n    assistantOverrides:"),
        "Override: 1",
        "did you mean assistantOverrides?",
    ),
    Slip(
        "reference", (ROUTER, "[end_call]", "[end_call, ask]"), "toolIds", "tools/ask, and there is no such"
    ),
    Slip(
        "required",
        (SCENARIO, "instructions: You live", "path: x # You live"),
        "name:",
        "instructions is missing",
    ),
    Slip("limit", (EN, "maxTokens: 200", "maxTokens: 20000"), "maxTokens", "50 to 10000, and is 20000"),
    Slip("limit", (EN, "temperature: 0.3", "temperature: 2.1"), "temperature", "0 to 2, and is 2.1"),
    Slip(
        "limit", (EN, "temperature: 0.3", 'temperature: "0.3"'), "temperature", "must be a number from 0 to 2"
    ),
    Slip("limit", (EN, "waitSeconds: 0.6", "waitSeconds: 6"), "waitSeconds", "0 to 5, and is 6"),
    Slip(
        "limit", (ZH, "[tool-calls,", "[tool-calls, transcripts,"), "serverMess", "did you mean transcript?"
    ),
    Slip("limit", (OUTPUT, "was_booked", "was_booked" * 5), "name:", "1 to 40 characters, and has 50"),
    Slip("limit", (SCENARIO, "A visit", "A visit" * 20), "name:", "1 to 80 characters"),
    Slip(
        "limit",
        (SQUAD, "name: desk\n", "name: desk\nmembersOverrides: {stopSpeakingPlan: {numWords: 11}}\n"),
        "numWords",
        "0 to 10, and is 11",
    ),
    Slip("limit", (FIND, "timeoutSeconds: 20", "timeoutSeconds: 0"), "timeoutSeconds", "1 to 300, and is 0"),
    Slip("limit", (FIND, "able to", "able to" * 200), "content: I wasn't", "0 to 1000 characters"),
    Slip("limit", (SQUAD, 'content: ""', f"content: {'one moment ' * 100}"), "one moment", "1000 characters"),
    Slip("limit", (SCENARIO, '"="', '"=="'), "comparator", "'==' is none of Vapi's"),
    Slip(
        "message-type",
        (FIND, "request-failed", "request-fail"),
        "request-fail",
        "did you mean request-failed?",
    ),
    Slip(
        "schema-type",
        (OUTPUT, "type: boolean", "type: boolean\n  items: {type: [string]}"),
        "items",
        "a list",
    ),
    Slip(
        "schema-type",
        (OUTPUT, "type: boolean", "type: [boolean]"),
        "type",
        "a type is a list",
        also=((SCENARIO, "structuredOutputId: was_booked", "structuredOutput: {schema: {type: boolean}}"),),
    ),
    Slip("evaluation", (OUTPUT, "boolean", "object"), "- structuredOutputId", "of type object", SCENARIO),
    Slip("long-description", (FIND, "Finds", "Finds " * 200), "description", "has 1212 characters"),
    Slip("unlinked-tool", (ROUTER, "then call", "`find_times`, then call"), "`find_times`", "can't call"),
    Slip("unlinked-tool", (ROUTER, "then call", "find_times, then call"), "find_times, then", "can't call"),
    Slip(
        "unlinked-tool",
        (ROUTER, "then call", "`find_tmes`, then"),
        "`find_tmes`",
        "did you mean find_times?",
        also=((ROUTER, "then `end", "then call `end"),),
    ),
    Slip(
        "unlinked-tool", (EN, "anything else.", "else; or `handoff_to_desk`."), "to_desk", "no tool is called"
    ),
    Slip(
        "unmentioned-tool",
        (EN, "Say nothing, and call `find_times`.", ""),
        "toolIds",
        "never names find_times",
    ),
    Slip(
        "unmentioned-tool",
        (EN, "`handoff_to_router`: any", "Any"),
        "handoff_to_router",
        "assistants/booking-en never names handoff_to_router",
        SQUAD,
    ),
    Slip(
        "double-start",
        (FIND, "operator: eq, value: zh", "operator: neq, value: fr"),
        'content: ""',
        "message 1",
    ),
    Slip("stock-filler", (FIND, _SILENT_START, ""), "messages", "calls in zh"),
    Slip(
        "stock-filler",
        (SQUAD, '{type: request-start, content: ""}, ', ""),
        "messages",
        "no request-start, so Vapi says a stock phrase, for calls in en and zh",
    ),
    Slip(
        "stock-filler",
        (FIND, 'response-delayed\n    content: ""', f'response-delayed\n    content: ""\n{_ONLY_IN_ENGLISH}'),
        "messages",
        "no request-response-delayed, so Vapi says a stock phrase, for calls in zh",
    ),
    Slip(
        "double-filler",
        (EN, "Say nothing, and", 'Say "One moment.", and'),
        "One moment",
        "says: Let me look.",
    ),
    Slip("double-filler", (FIND, 'content: ""', "content: 我看看。"), "先说一句", "says: 我看看。", ZH),
    Slip("missing-filler", (ZH, "时，先说一句“我看一下。”，同一轮里调用", ""), "`find_times`", "silent here"),
    Slip("emergency-section", (EN, "## Emergency", "## Danger"), "## Identity", "no emergency section"),
    Slip("emergency-keyword", (ZH, "choking, ", ""), "## 紧急情况", "lists no choking"),
    Slip("emergency-keyword", (EN, "抽搐、", ""), "## Emergency", "lists no 癫痫 or 抽搐"),
    Slip(
        "emergency-end-call",
        (EN, "then call `end_call`.", "then go."),
        "## Emergency",
        "never says end_call",
        also=((EN, "ask when.", "ask when, or `end_call`."),),
    ),
    Slip(
        "emergency-end-call",
        (ROUTER, "toolIds: [end_call]", "toolIds: []"),
        "## Emergency",
        "no endCall tool",
        also=((ROUTER, "then call `end_call`", "then go"),),
    ),
    Slip(
        "handoff-to-nobody",
        (SQUAD, "assistantName: booking-en", "assistantName: booking-fr"),
        "booking-fr",
        "hands over to booking-fr, which is no member of desk",
    ),
    Slip(
        "unreachable-member",
        (SQUAD, "assistantName: booking-zh", "assistantName: router"),
        "- assistantId: booking-zh",
        "booking-zh is reached by no handoff",
        times=-1,
    ),
    Slip("dead-end", (SQUAD, ZH_MEMBER, _TO_ITSELF), "- assistantId: booking-zh", "to no other member"),
    Slip(
        "double-member",
        (SQUAD, ZH_MEMBER, f"{ZH_MEMBER}  - assistantId: booking-zh # again\n{ZH_MEMBER}"),
        "# again",
        "another member is called booking-zh too",
    ),
    Slip(
        "language-pair-tools",
        (EN, "[find_times, end_call]", "[end_call]"),
        "toolIds",
        "can't call find_times, unlike its counterpart booking-zh",
        also=((EN, "Say nothing, and call `find_times`.", ""),),
    ),
    Slip(
        "max-tokens",
        (EN, "maxTokens: 200", "maxTokens: 60"),
        "maxTokens",
        "60 tokens are too few for find_times, which may take 74",
        also=((FIND, "day: {type: string}", _LONGER),),
    ),
    Slip("server-messages", (EN, "[tool-calls, ", "["), "serverMessages", "lacks tool-calls"),
    Slip(
        "server-messages",
        (SQUAD, "name: desk\n", "name: desk\nmembersOverrides: {serverMessages: [tool-calls]}\n"),
        "membersOverrides",
        "lacks end-of-call-report",
    ),
    Slip(
        "hipaa-provider",
        (EN, "provider: deepgram", "provider: assembly-ai"),
        "transcriber",
        "assembly-ai is not on Vapi's HIPAA list for a transcriber",
    ),
    Slip(
        "hipaa-provider",
        (SQUAD, "name: desk\n", "name: desk\nmembersOverrides: {voice: {provider: hume}}\n"),
        "membersOverrides",
        "hume is not on",
    ),
    Slip(
        "clinic-name",
        (EN, "You book visits.", "You book visits.\nAt Maple Clinic."),
        "Maple",
        ": Maple Clinic",
    ),
    Slip(
        "clinic-name",
        (EN, "visits.", "visits for North Shore Medical Centre."),
        "North",
        "North Shore Medical Centre",
    ),
    Slip("clinic-name", (ZH, "你负责预约", "你负责枫叶诊所的预约"), "枫叶", ": 枫叶诊所"),
    Slip(
        "city",
        (FIND, "Finds free times.", "Finds free times in Vancouver."),
        "Finds",
        "names a city: Vancouver",
    ),
    Slip("city", (ZH, "你负责预约", "你负责温哥华的预约"), "温哥华", "names a city: 温哥华"),
    Slip(
        "time-zone",
        (EN, "visits.", 'visits at {{ "now" | date: "%H", "America/Toronto" }}.'),
        "America",
        "names a time zone: America/Toronto",
    ),
    Slip(
        "time-zone", (EN, "You book visits.", "You book visits, in Pacific Time."), "Pacific", "Pacific Time"
    ),
    Slip("phone-number", (EN, "visits.", "visits. Else: (604) 555-0100."), "604", "number: (604) 555-0100"),
    Slip("phone-number", (EN, "visits.", "visits. Else: +16045550100."), "604", "number: +16045550100"),
    Slip("phone-number", (ZH, "你负责预约", "电话是555-0100"), "555", "number: 555-0100"),
    Slip("liquid-syntax", (ROUTER, '"the clinic" }}', '"the clinic" }'), "clinicName", "isn't Liquid"),
    Slip("liquid-syntax", (EN, "ask when.", "{% if now %}ask when."), "## Identity", "expected tag endif"),
    Slip("liquid-syntax", (ROUTER, "default:", "defalt:"), "clinicName", "there is no filter defalt"),
    Slip(
        "liquid-variable", (ROUTER, "clinicName", "clinic_name"), "clinic_name", "nobody fills in clinic_name"
    ),
    Slip("liquid-variable", (EN, "visits.", "visits. {{ transport.kind }}"), "transport", "transport.kind"),
]
WHOLE_FILES = [
    (
        "limit",
        "tools/look.yml",
        "type: function\nasync: true\nfunction: {name: a b}\n",
        "name",
        "'a b'",
    ),
    ("file", "tools/look.yml", "- look\n", "- look", "must be a mapping"),
    ("file", "assistants/reminder.md", _NAMELESS, "model:", "has no name"),
    ("required", "tools/look.yml", "type: function\nasync: true\n", "type", "function.name is missing"),
    (
        "duplicate-name",
        "tools/look.yml",
        FILES[FIND],
        "name: find_times",
        "the same name as tools/find_times",
    ),
    ("language-pair", "assistants/reminder-zh.md", _REMINDER, "name:", "has no counterpart reminder-en"),
]
