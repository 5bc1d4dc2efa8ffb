"""Rules in words: what each asks, of whom, and when, in the three languages, with the paragraph of each part."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kiosk.law.asked import Ages, Alternative, CustomerAlternative, CustomerRequirement, StaffRequirement
from kiosk.law.decision import Remedy
from kiosk.law.measures import NEXT_DAY, Amount, HeadCount, Hours, NumberBefore
from kiosk.law.rules import Guard, Rule
from kiosk.law.sheet import Line
from kiosk.texts import Language, text

#: What people look for in a table of the law, in the order in which it is shown.
TOPICS = (
    "opening",
    "hours",
    "capacity",
    "table",
    "room",
    "banquet",
    "people",
    "evidence",
    "doses",
    "masks",
    "staff",
    "penalty",
)
_EVIDENCE = {"lhs_scan", "registered", "form", "with_adult"}
_FACTS = ("takeaway", "food_or_drink", "qualifies", "country_park")


def said(key: str, language: Language, **values: object) -> str:
    """A text of the catalogue of tables."""
    return text(f"lawbook.{key}", language, **values)


def topics(rule: Rule) -> tuple[str, ...]:
    """The topics under which the rule is found: one, or each limit that it leaves to the premises."""
    if rule.left_to_premises is not None:
        return rule.left_to_premises
    if rule.closed:
        return ("opening",)
    if rule.customers is None:
        return rule.conditions
    asks = set(rule.customers.any_of[0].asks)
    return ("masks" if "mask" in asks else "evidence" if asks & _EVIDENCE else "doses",)


def lines(rule: Rule, language: Language) -> tuple[Line, ...]:
    """The rule in words: one line, or a line that says of whom and one for each way of doing it."""
    asked = rule.customers or rule.staff
    if asked is None:
        return (_line(rule, language, _number(rule, language), "alone"),)
    lead = "needs_any_way" if len(asked.any_of) > 1 else "needs_one_way"
    ways = (Line(_way(way, language), way.para, inset=True) for way in asked.any_of)
    return (_line(rule, language, _who(rule, asked, language), lead), *ways)


def _line(rule: Rule, language: Language, told: str, frame: str) -> Line:
    """What is told with the rule's guards, in a frame of the catalogue."""
    cited, uncited = (
        said(frame, language, who=_guarded(told, rule, language, cite=cite)) for cite in (True, False)
    )
    return Line(cited, rule.para, uncited="" if uncited == cited else uncited)


def _number(rule: Rule, language: Language) -> str:
    if rule.closed:
        return said("closed", language)
    if rule.left_to_premises is not None:
        return said("left_to_premises", language)
    if rule.hours is not None:
        return _hours(rule.hours, language)
    if rule.capacity is not None:
        return _amount("capacity", rule.capacity, language)
    if rule.people is not None:
        return _amount("people", rule.people, language)
    (name,) = rule.conditions
    return said(name, language, number=getattr(rule, name))


def _hours(hours: Hours, language: Language) -> str:
    opens = said("licence_opens", language) if hours.start is None else hours.opens
    until = said("licence_closes", language) if hours.end is None else hours.until
    if until.endswith(NEXT_DAY):
        until = said("next_day", language, clock=until.removesuffix(NEXT_DAY))
    return said("hours", language, opens=opens, until=until)


def _part(amount: Amount) -> str:
    return f"{amount.percent}%" if amount.percent is not None else _share(amount.share or Fraction(0))


def _share(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"


def _amount(name: str, amount: Amount, language: Language) -> str:
    told = (
        said(f"{name}_people", language, number=amount.people)
        if amount.people is not None
        else said(f"{name}_part", language, part=_part(amount))
    )
    by_room = isinstance(amount, HeadCount) and amount.by_room
    return said("by_room", language, said=told) if by_room else told


def _who(rule: Rule, asked: CustomerRequirement | StaffRequirement, language: Language) -> str:
    if isinstance(asked, StaffRequirement):
        return said("who_staff", language)
    key, values = _called(rule, asked), dict[str, str]()
    if asked.share_of_table is not None:
        key, values = "who_share", {"share": _share(asked.share_of_table.at_least)}
    if asked.ages is not None:
        key, values = f"{key}_ages", {**values, "ages": _ages(asked.ages, language)}
    return said(key, language, **values)


def _called(rule: Rule, asked: CustomerRequirement) -> str:
    """What the law calls those whom it asks: anybody at all wears a mask, and who gathers is no customer."""
    if topics(rule) == ("masks",):
        return "who_persons"
    gathers = any(guard is not None and guard.people_over for guard in (rule.when, rule.unless))
    return "who_participants" if gathers and asked.share_of_table is None else "who_customers"


def _ages(ages: Ages, language: Language) -> str:
    which = "from" if ages.oldest is None else "to" if not ages.youngest else "between"
    return said(f"ages_{which}", language, youngest=ages.youngest, oldest=ages.oldest)


def _way(way: Alternative, language: Language) -> str:
    asks = Remedy(way).text(language) or said("nothing", language)
    if way.test is not None and way.test.first_due_by is not None:
        asks = said("first_due_by", language, asks=asks, day=way.test.first_due_by)
    whom = [said("unfit", language)] if way.unfit else []
    if isinstance(way, CustomerAlternative) and way.ages is not None:
        whom.append(_ages(way.ages, language))
    if not whom:
        return said("way", language, asks=asks)
    return said("way_for", language, whom=said("list", language).join(whom), asks=asks)


def _guarded(told: str, rule: Rule, language: Language, *, cite: bool) -> str:
    for key, guard in (("when", rule.when), ("unless", rule.unless)):
        if guard is not None:
            facts = said("facts", language).join(_facts(guard, language, cite=cite))
            told = said(key, language, said=told, facts=facts)
    return told


def _facts(guard: Guard, language: Language, *, cite: bool) -> Iterator[str]:
    for name in _FACTS:
        if (wanted := getattr(guard, name)) is not None:
            yield said(f"{name}_{str(wanted).lower()}", language)
    if guard.setting is not None:
        yield said(f"setting_{guard.setting}", language)
    if guard.days is not None:
        days = said("days_or", language).join(said(day, language) for day in guard.days)
        yield said("days", language, days=days)
    if guard.banquet_over is not None:
        yield said("banquet_over", language, number=guard.banquet_over)
    if guard.people_over is not None:
        before = guard.people_over
        yield _cited(_people_over(before, language), before.para, language, cite=cite)
    if guard.staff is not None:
        ways = (_cited(_way(way, language), way.para, language, cite=cite) for way in guard.staff.any_of)
        yield said("all_staff", language, ways=text("law.or", language).join(ways))


def _cited(told: str, para: str, language: Language, *, cite: bool) -> str:
    return said("cited", language, said=told, para=para) if cite else told


def _people_over(before: NumberBefore, language: Language) -> str:
    told = (
        said("people_over", language, number=before.people)
        if before.people is not None
        else said("people_over_part", language, part=_part(before))
    )
    return said("people_over_room", language, said=told) if before.by_room else told
