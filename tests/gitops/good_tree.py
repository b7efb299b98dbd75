"""A small tree of resources in which nothing is wrong, for tests to break in one place."""

from pathlib import Path

from gitops import tree
from gitops.lint import Finding, check

_CONFIG = """\
model:
  provider: openai
  model: gpt-4o
  temperature: 0.3
  maxTokens: 200
  toolIds: [find_times, end_call]
transcriber: {provider: deepgram, model: nova-2}
voice: {provider: azure, voiceId: a-voice}
startSpeakingPlan:
  waitSeconds: 0.6
serverMessages: [tool-calls, end-of-call-report]
compliancePlan:
  hipaaEnabled: true
"""
_WORDS = """\
English: chest pain, cannot breathe, difficulty breathing, heart attack, stroke, seizure, unconscious,
severe bleeding, choking, emergency, overdose, suicidal
中文：胸痛、不能呼吸、呼吸困难、心脏病发作、中风、抽搐、昏迷、大出血、噎住、紧急、服药过量、想自杀
"""
_ROUTER = f"""\
---
name: router
{_CONFIG.replace("toolIds: [find_times, end_call]", "toolIds: [end_call]")}---

## Identity

You answer for {{{{ clinicName | default: "the clinic" }}}}.

## Emergency

{_WORDS}
Say that they must call 911, or 9-8-8, then call `end_call`.

## Handoffs

- `handoff_to_booking_en`: a visit, in English.
- `handoff_to_booking_zh`: a visit, in Mandarin.
"""
_BOOKING_EN = f"""\
---
name: booking-en
{_CONFIG}---

## Identity

You book visits.

## Emergency

{_WORDS}
Say that they must call 911, then call `end_call`.

## Task

Say nothing, and call `find_times`. If they say "not today", ask when.

## Handoffs

- `handoff_to_router`: anything else.
- `handoff_to_booking_zh`: they speak Mandarin.
"""
_BOOKING_ZH = f"""\
---
name: booking-zh
{_CONFIG}---

## 身份

你负责预约。

## 紧急情况

{_WORDS}
请对方拨打911，然后调用 `end_call`。

## 任务

调用 `find_times` 时，先说一句“我看一下。”，同一轮里调用。

## 交接

- `handoff_to_router`：别的事。
- `handoff_to_booking_en`：对方讲英文。
"""
_FIND_TIMES = """\
type: function
function:
  name: find_times
  description: Finds free times.
  parameters:
    type: object
    properties:
      day: {type: string}
      language: {type: string, enum: [en, zh]}
    required: [language]
server:
  url: ${BACKEND_URL}/vapi/tools/find_times
  timeoutSeconds: 20
messages:
  - type: request-start
    content: Let me look.
    conditions: [{param: language, operator: neq, value: zh}]
  - type: request-start
    content: ""
    conditions: [{param: language, operator: eq, value: zh}]
  - type: request-response-delayed
    content: ""
  - type: request-failed
    content: I wasn't able to check that.
    conditions: [{param: language, operator: neq, value: zh}]
  - type: request-failed
    content: 没有查到。
    conditions: [{param: language, operator: eq, value: zh}]
"""
_END_CALL = """\
type: endCall
function:
  name: end_call
"""
_SQUAD = """\
name: desk
members:
  - assistantId: router
    assistantOverrides:
      tools:append:
        - type: handoff
          function: {name: handoff_to_booking_en}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: booking-en}]
        - type: handoff
          function: {name: handoff_to_booking_zh}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: booking-zh}]
  - assistantId: booking-en
    assistantOverrides:
      tools:append:
        - type: handoff
          function: {name: handoff_to_router}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: router}]
        - type: handoff
          function: {name: handoff_to_booking_zh}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: booking-zh}]
  - assistantId: booking-zh
    assistantOverrides:
      tools:append:
        - type: handoff
          function: {name: handoff_to_router}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: router}]
        - type: handoff
          function: {name: handoff_to_booking_en}
          messages: [{type: request-start, content: ""}, {type: request-response-delayed, content: ""}]
          destinations: [{type: assistant, assistantName: booking-en}]
"""
_OUTPUT = """\
name: was_booked
schema:
  type: boolean
"""
_SCENARIO = """\
name: A visit next week
instructions: You live in Vancouver, at 604-555-0142. Book a visit.
evaluations:
  - structuredOutputId: was_booked
    comparator: "="
    value: true
"""
FILES = {
    "assistants/router.md": _ROUTER,
    "assistants/booking-en.md": _BOOKING_EN,
    "assistants/booking-zh.md": _BOOKING_ZH,
    "tools/find_times.yml": _FIND_TIMES,
    "tools/end_call.yml": _END_CALL,
    "squads/desk.yml": _SQUAD,
    "structuredOutputs/was_booked.yml": _OUTPUT,
    "simulations/scenarios/booking.yml": _SCENARIO,
}


class GoodTree:
    """The files, on disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Puts a file there."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """What a file says."""
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str, times: int = 1) -> None:
        """Changes what must be there; -1 changes it everywhere."""
        text = self.read(name)
        assert old in text, f"{name} doesn't say {old!r}"
        self.write(name, text.replace(old, new, times))

    def line(self, name: str, words: str) -> int:
        """The first line with these words, from 1."""
        return next(n for n, line in enumerate(self.read(name).splitlines(), 1) if words in line)

    def findings(self) -> list[Finding]:
        """What the linter says."""
        return check(tree.load(self.root))
