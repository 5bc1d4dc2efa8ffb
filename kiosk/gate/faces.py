"""What the display says when nothing has just happened.

* A stop comes before everything, then what is said for a moment, then the party or visitor in hand, then closing.
* An idle unattended door shows what it will ask for, and what already stands against anybody (a full house).
"""

from __future__ import annotations

from kiosk import HONG_KONG
from kiosk.gate.asking import staff_can_see
from kiosk.gate.desk import look_view
from kiosk.gate.lines import both, moment
from kiosk.gate.party import Hand
from kiosk.gate.question import Judgement
from kiosk.gate.snapshot import Texts, VerdictView
from kiosk.gate.state import Asked
from kiosk.gate.turn import Turn
from kiosk.gate.visitors import ask_view, staff_view, unattended_zone, wants


def hand_now(turn: Turn) -> Hand | None:
    """The party or visitor whom the law is asked about; a visitor who has not come yet at an idle unattended door."""
    if turn.way == "staffed":
        return turn.state.hand
    return turn.state.visitor or Hand(zone=unattended_zone(turn))


def ask_the_law(turn: Turn) -> None:
    """Keep the law's answer about the party at hand up to date."""
    hand = hand_now(turn)
    if hand is None:
        turn.change(asked=None)
        return
    old, counted, minute = turn.state.asked, turn.premises, turn.state.law.minute
    if old and old.hand == hand and old.minute == minute and _same_count(old, turn):
        return
    judgement = turn.law.judge(hand, counted, turn.at)
    asks = staff_can_see(turn.law, hand, counted, turn.at, judgement) if turn.way == "staffed" else ()
    turn.change(asked=Asked(hand=hand, counted=counted, minute=minute, judgement=judgement, asks=asks))


def _same_count(old: Asked, turn: Turn) -> bool:
    before, now = old.counted, turn.premises
    return before is now or (
        (before.whole, before.by_zone, before.unplaced, before.parties, before.banquets)
        == (now.whole, now.by_zone, now.unplaced, now.parties, now.banquets)
    )


def face(turn: Turn) -> None:
    """Let the display say what fits; a new thought gets the next number."""
    state = turn.state
    if state.moment is not None and turn.mono >= state.moment_until:
        turn.change(moment=None)
    shown = turn.state.moment
    if shown is None or turn.stops:
        shown = _standing(turn)
    if shown.number == 0:
        same = shown == state.verdict.model_copy(update={"number": 0})
        number = state.verdict.number if same else state.verdict.number + 1
        shown = shown.model_copy(update={"number": number})
    turn.change(verdict=shown)


def _standing(turn: Turn) -> VerdictView:
    if turn.stops:
        return VerdictView(state="stopped", number=0)
    state = turn.state
    if turn.way == "staffed":
        # A party that nobody has touched for a while may have gone: the desk keeps it, the display greets whoever comes.
        if state.hand is not None and turn.mono - state.hand_since < turn.settings.admission.idle_s:
            return look_view(state.hand)
        zones = [zone.zone for zone in state.law.zones]
    else:
        if state.visitor is not None and state.asked is not None:
            wanted = wants(state.asked.judgement, state.visitor, turn.settings.admission.lhs_evidence)
            return ask_view(state.visitor, wanted)
        zones = [unattended_zone(turn) or ""]
    if all(zone.closed for zone in state.law.zones if zone.zone in zones):
        return VerdictView(state="closed", number=0, message=_closed_message(turn, zones))
    return _idle(turn)


def _idle(turn: Turn) -> VerdictView:
    asked = turn.state.asked
    if turn.way == "staffed" or asked is None:
        return VerdictView(state="idle", number=0)
    wanted = wants(asked.judgement, asked.hand, turn.settings.admission.lhs_evidence)
    if turn.needs_staff and not wanted.final:
        return staff_view(turn, asked.hand)
    reasons = Judgement(wanted.final, None).views
    asks = () if reasons else wanted.asks or ("enter",)
    return VerdictView(state="idle", number=0, zone=asked.hand.zone, asks=asks, reasons=reasons)


def _closed_message(turn: Turn, zones: list[str]) -> Texts | None:
    opens = [zone.opens_at for zone in turn.state.law.zones if zone.zone in zones and zone.opens_at]
    first = min(opens, default=None)
    said = moment("opens_at", time=first.astimezone(HONG_KONG).strftime("%d/%m %H:%M")) if first else None
    leave = moment("please_leave") if turn.premises.inside_whole else None
    return both(moment("closed"), said, leave)
