"""Day and time as they are read on a screen: with the year, and the same whenever one reads them."""

from datetime import datetime

from frontdesk.speech.language import Language


def say_when(moment: datetime, language: Language) -> str:
    """As "Mon, Mar 2, 2026, 9:30 AM" or "2026年3月2日（星期一）上午9:30".

    `moment` is aware, in the zone whose clocks are meant; a wall time that comes twice has its offset.
    """
    time = f"{moment.hour % 12 or 12}:{moment.minute:02}"
    comes_twice = moment.replace(fold=1 - moment.fold).utcoffset() != moment.utcoffset()
    offset = moment.isoformat()[-6:] if comes_twice else ""
    if language == "zh":
        weekday = "一二三四五六日"[moment.weekday()]
        half = "上午" if moment.hour < 12 else "下午"
        day = f"{moment.year}年{moment.month}月{moment.day}日（星期{weekday}）"
        return f"{day}{half}{time}" + (f"（UTC{offset}）" if offset else "")
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment:%a}, {moment:%b} {moment.day}, {moment.year}, {time} {half}" + (
        f" (UTC{offset})" if offset else ""
    )
