"""What redaction takes and leaves: on labelled lines, and by law on any text."""

import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.privacy.lexicon import FUNCTION
from frontdesk.privacy.redaction import Known, Person, Redactor
from tests.privacy import scoring

LINES = sorted((Path(__file__).parent / "lines").glob("*.yml"))
IDENTIFIERS = ("PHONE", "EMAIL", "DOB", "POSTAL_CODE", "HEALTH_NUMBER", "SIN", "CARD", "ID")
MEI = Person(
    "Mei",
    "Chen",
    "陈美玲",
    date(1990, 1, 15),
    ("+16045550123",),
    "mei.chen@example.com",
    "12 Sample Lane",
    "Vancouver",
    "V6B 1A1",
    "9123456782",
)
KNOWN = Known((MEI,), ("+16045550123",), ("Dr. Wei Chen", "陈伟医生"), ("Harbour Clinic", "+16045550100"))

DIGITS = dict(
    zip(
        "0123456789",
        ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        strict=True,
    )
)
HAN = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
FILLERS = st.lists(st.sampled_from(["uh ", "um, ", ""]), min_size=10, max_size=10)
AROUND = st.sampled_from(
    [
        ("", ""),
        ("sure it's ", " thanks"),
        ("you can call me at ", ", I'm free on Thursday at two thirty"),
        ("yeah so ", " and then we talk"),
        ("我的电话是", "，明天下午三点来"),
        ("好的 ", " 谢谢"),
    ]
)


@pytest.fixture(scope="module")
def score() -> scoring.Score:
    return scoring.score(scoring.outcomes(scoring.read(*LINES)))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_labelled_lines_are_many_and_of_both_languages(score: scoring.Score, language: str) -> None:
    assert score.lines[language] >= 150
    assert all(score.marks[label, language] >= 3 for label in (*IDENTIFIERS, "NAME", "ADDRESS"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("label", IDENTIFIERS)
def test_identifiers_of_the_labelled_lines_go(score: scoring.Score, label: str, language: str) -> None:
    assert score.recall(label, language) >= 0.98


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("label", ["NAME", "ADDRESS"])
def test_names_and_addresses_known_or_cued_go(score: scoring.Score, label: str, language: str) -> None:
    assert score.recall(label, language) >= 0.97


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_must_survive_does(score: scoring.Score, language: str) -> None:
    assert score.false_alarms(language) <= 0.01


def test_placeholders_are_stable_inside_a_call_and_count_distinct_values() -> None:
    turns = [
        "call six oh four five five five oh one nine nine",
        "or 604-555-0177",
        "so that's 604 555 0199?",
        "my name is Priya",
        "thank you Priya",
    ]
    assert Redactor().call(turns) == [
        "call [PHONE]",
        "or [PHONE_2]",
        "so that's [PHONE]?",
        "my name is [NAME]",
        "thank you [NAME]",
    ]


def test_a_name_cued_later_goes_from_earlier_turns_once_the_call_was_noted() -> None:
    redactor = Redactor()
    turns = ["hi it was Rosalind who called", "my name is Rosalind"]
    for turn in turns:
        redactor.note(turn)
    assert [redactor.redact(turn) for turn in turns] == ["hi it was [NAME] who called", "my name is [NAME]"]


def test_the_clinics_own_doctor_stays_where_a_patient_shares_the_name() -> None:
    redactor = Redactor(KNOWN)
    assert redactor.redact("Ms. Chen sees Dr. Chen") == "Ms. [NAME] sees Dr. Chen"
    assert redactor.redact("陈美玲约了陈医生") == "[NAME]约了陈医生"


def test_the_clinics_own_number_stays_however_it_is_said() -> None:
    said = "we are at 604 555 0100, that's six oh four five five five oh one oh oh"
    assert Redactor(KNOWN).redact(said) == said


def test_a_birth_date_known_to_the_call_goes_and_the_same_day_of_another_year_stays() -> None:
    redactor = Redactor(KNOWN)
    assert redactor.redact("January 15th 1990") == "[DOB]"
    assert redactor.redact("see you January 15th 2026") == "see you January 15th 2026"


@pytest.mark.parametrize(
    "text",
    ["", "\0", "6️⃣0️⃣4️⃣ 5️⃣5️⃣5️⃣ 0️⃣1️⃣2️⃣3️⃣", "İıß ﬁ ½ ①②③", "\ud800", "a\u200b@\u200bb", "[PHONE_99] [NAME]", "۶۰۴۵۵۵۰۱۲۳"],
)
def test_unusual_text_is_read_without_error(text: str) -> None:
    once = Redactor(KNOWN).redact(text)
    assert Redactor(KNOWN).redact(once) == once


@pytest.mark.parametrize(
    "text", ["６０４－５５５－０１２３", "6\u200b04 555\0 0123", "6️⃣0️⃣4️⃣5️⃣5️⃣5️⃣0️⃣1️⃣2️⃣3️⃣", "۶۰۴۵۵۵۰۱۲۳"]
)
def test_a_number_goes_in_any_width_and_script(text: str) -> None:
    assert Redactor().redact(text).startswith("[PHONE]")


PIECES = st.sampled_from(
    [
        "my name is ",
        "mei ",
        "chen",
        "Dr. ",
        "陈",
        "医生",
        "美玲",
        "我叫",
        "我姓",
        "先生",
        "604",
        "555 ",
        "0123",
        " oh ",
        "five ",
        "double ",
        "at ",
        "gmail",
        "dot ",
        "com",
        "@",
        ".",
        "-",
        ", ",
        "born ",
        "january ",
        "fifteenth ",
        "1990",
        "一九九零年",
        "一月",
        "十五号",
        "生日",
        "V6B",
        "1A1",
        " 1 ",
        "a ",
        "street ",
        "住在",
        "路",
        "号",
        "[PHONE]",
        "[NAME_2]",
        "[",
        "]",
        "\x00",
        "\n",
        "phone ",
        "health card ",
        "as in ",
        "the ",
        "will ",
        "may ",
        "uh ",
        "嗯",
        "点",
        "半",
        "mg ",
        "$",
        "/",
        ":",
        "dollars ",
        "spell ",
        "c-h-e-n ",
        "apartment ",
        "4 b ",
        "你",
        "是",
        "的",
    ]
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=30).map("".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_redacting_a_redacted_text_changes_nothing(text: str) -> None:
    once = Redactor(KNOWN).redact(text)
    assert Redactor(KNOWN).redact(once) == once


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, max_size=5))
def test_a_call_keeps_its_turns(turns: list[str]) -> None:
    assert len(Redactor(KNOWN).call(turns)) == len(turns)


def _spoken(number: str, fillers: list[str]) -> str:
    return " ".join(f"{filler}{DIGITS[digit]}" for digit, filler in zip(number, fillers, strict=True))


@settings(max_examples=80, deadline=None)
@given(
    area=st.sampled_from(["604", "236", "778", "416", "905"]),
    line=st.integers(100, 199).map(lambda last: f"0{last}"),
    form=st.integers(0, 6),
    around=AROUND,
    fillers=FILLERS,
)
def test_a_planted_telephone_number_is_never_left(
    area: str, line: str, form: int, around: tuple[str, str], fillers: list[str]
) -> None:
    number = f"{area}555{line}"
    planted = (
        number,
        f"{area}-555-{line}",
        f"({area}) 555-{line}",
        _spoken(number, fillers),
        "".join(HAN[digit] for digit in number),
        f"{_spoken(area, fillers[:3])} 555 {line}",
        f"{area} triple five {_spoken(line, fillers[:4])}",
    )[form]
    redacted = Redactor().redact(f"{around[0]}{planted}{around[1]}")
    assert planted not in redacted
    assert line not in redacted
    assert not any(part in redacted for part in ("five", "triple", "五五五"))
    assert around[1] in redacted


MARKS = {"dash", "dot", "hyphen", "minus", "period", "plus", "point", "score", "underline", "underscore"}
"""Who is called so loses the word before it, too: more is hidden than need be."""
LOCALS = st.text("abcdefghjklmnopqrstuvwxyz", min_size=2, max_size=9).filter(
    lambda word: word not in FUNCTION and word not in MARKS
)


@settings(max_examples=80, deadline=None)
@given(
    first=LOCALS, last=LOCALS, host=st.sampled_from(["gmail", "hotmail", "example"]), form=st.integers(0, 5)
)
def test_a_planted_mail_address_is_never_left(first: str, last: str, host: str, form: int) -> None:
    planted = (
        f"{first}.{last}@{host}.com",
        f"{first} dot {last} at {host} dot com",
        f"{first} underscore {last} at {host} dot com",
        f"{'-'.join(first)} dot {last} at {host} dot com",
        f"{first}点{last}艾特{host}点com",
        f"{first} 下划线 {last} at {host} 点 com",
    )[form]
    assert Redactor().redact(f"my email is {planted}, thanks") == "my email is [EMAIL], thanks"


MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


@settings(max_examples=80, deadline=None)
@given(born=st.dates(date(1930, 1, 1), date(2012, 12, 31)), form=st.integers(0, 6))
def test_a_planted_birth_date_is_never_left(born: date, form: int) -> None:
    year = "".join(
        dict(zip("0123456789", "零一二三四五六七八九", strict=True))[one] for one in str(born.year)
    )
    planted = (
        str(born),
        f"{born.month:02}/{born.day:02}/{born.year}",
        f"{MONTHS[born.month - 1]} {born.day} {born.year}",
        f"the {born.day}th of {MONTHS[born.month - 1]} {born.year}",
        f"{born.year}年{born.month}月{born.day}日",
        f"{year}年{born.month}月{born.day}号",
        f"{MONTHS[born.month - 1].title()} {born.day}, {born.year}",
    )[form]
    assert Redactor().redact(f"date of birth {planted}.") == "date of birth [DOB]."


SURVIVORS = st.sampled_from(
    [
        "Thursday March fifth at two thirty",
        "3月5日星期四下午两点半",
        "May 12th 2026",
        "a hundred and fifty dollars",
        "500 milligrams twice a day",
        "五百毫克",
        "Dr. Chen at ten fifteen",
        "陈伟医生上午九点",
        "forty five minutes",
        "nine to five",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SURVIVORS, min_size=1, max_size=5), st.sampled_from([", ", ". ", " and "]))
def test_times_prices_doses_and_doctors_stay(said: list[str], between: str) -> None:
    text = between.join(said)
    assert Redactor(KNOWN).redact(text) == text


def _steps(text: str) -> int:
    """How many functions run, ours and Python's, while a text is redacted."""
    steps = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event in ("call", "c_call")

    redactor, before = Redactor(KNOWN), sys.getprofile()
    sys.setprofile(count)
    try:
        redactor.redact(text)
    finally:
        sys.setprofile(before)
    return steps


@pytest.mark.parametrize(
    "piece",
    [
        "5 ",
        "一",
        "at dot ",
        "陈先生",
        "my name is ",
        "m as in mary ",
        "1 street ",
        "路1号",
        "a.",
        "phone five ",
    ],
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    """By what runs, not by the clock; the bench measures the seconds, of the patterns too."""
    short = piece * (2_000 // len(piece))
    assert _steps(short * 4) < 6 * _steps(short)
