"""The fold of the log: entry by entry, who is inside.

The one promise: the count is never below the truth, and above it at most by the releases still open, the uncertain,
and whoever stepped out and has not reached the exit beam yet.

* An *admission* reserves a place for each of the party (`Party.waiting`); where no sensor sees it pass, the places are
  occupied at once.
* A *passage* turns a reserved place into an occupied one. Without an admission it adds a person: to the only zone,
  or, where there are several, to nobody-knows-which, and that counts against every zone.
* *Places returned*, *undone*, *settled*: reserved places go back; all places of the party go back; the uncertain
  become as many occupied places as staff say.
* A *start* makes every open release uncertain: it goes on counting as entered, and no time-out ends that. A passage
  seen afterwards is one more person, never one of the uncertain: they may be inside already.
* An *exit by beam* frees a place of the premises, and of the zone where there is only one; the zone or table stays
  taken until staff tap. Where the door counts exits, a tap by staff frees zone and table only, because the beam sees
  the same people; where it does not, the tap frees the premises' place too. An *undone* party that a sensor saw
  pass has to leave through the beam as well. No count falls below zero, with one exception that keeps it exact: when
  more people leave than are known to be inside, they were uncertain ones (`Premises.whole` below zero).
* *Stepped out* turns an occupied place into a kept one and the places taken stay the same. The exit beam will see
  those people: as many of its next exits as have stepped out are theirs and free nothing. *Stepped back* makes the
  place occupied again at once; the entry sensor will see them, and a passage that the gate knows to be theirs adds
  nobody. A restart forgets who is on the way back; their passage then counts as one more until staff recount.
* A *recount* is the figure from now on. It settles what was uncertain in that zone (whoever entered has been counted)
  and leaves open releases and kept places as they are (whoever is outside has not). How many of those counted came with
  which party it does not say: from then on a party that is inside cannot be undone any more. A zone with nobody in it has
  no parties but those that wait or stepped out. Where every zone was counted, nobody is unplaced any more. Where
  only some were, and a beam counts exits, the premises' count never falls by it.
* A *banquet* is open for parties to join until staff end it. Its people, like those of a room or a table, are the
  places of its parties: nothing else is counted.
* A party without any place left is forgotten; so are those of a zone that staff have tapped empty. Where the premises
  are one zone with an exit beam, so are parties without a table once nobody is inside, as nothing else would ever end
  them. No more than `MOST_PARTIES` are kept; the counts do not hang on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import singledispatch

from kiosk import HONG_KONG
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    BanquetEnded,
    BanquetOpened,
    Closed,
    DayOpened,
    Entry,
    Exit,
    InspectorSignedIn,
    InspectorSignedOut,
    Moved,
    Passage,
    PlacesReturned,
    PlanDisplayed,
    Recorded,
    Recount,
    Settled,
    StaffDuties,
    Started,
    SteppedBack,
    SteppedOut,
    Undone,
    WayChanged,
)
from kiosk.premises.copying import replace
from kiosk.premises.model import (
    MOST_PARTIES,
    REMEMBERED_COMMANDS,
    Banquet,
    Done,
    DoorForm,
    Inspection,
    Party,
    Premises,
)


def fold(recorded: Iterable[Recorded], premises: Premises | None = None) -> Premises:
    """The premises after all of `recorded`, from `premises` (nobody inside, nothing written) on."""
    result = premises or Premises()
    for item in recorded:
        result = apply(result, item)
    return result


def apply(premises: Premises, recorded: Recorded) -> Premises:
    """The premises after one more entry.

    Raises:
        ValueError: the entry is not the next one; a gap would make every figure after it wrong.
    """
    if recorded.index != premises.next_index:
        raise ValueError(f"entry {recorded.index} where {premises.next_index} is next")
    after = _then(recorded.entry, premises, recorded.index, recorded.at)
    last = recorded.at if premises.last_at is None else max(recorded.at, premises.last_at)
    commands = _remember(premises.commands, recorded)
    return replace(after, next_index=recorded.index + 1, last_at=last, commands=commands)


def _remember(commands: Mapping[str, Done], recorded: Recorded) -> Mapping[str, Done]:
    command = recorded.entry.command
    if command is None or command in commands:
        return commands
    kept = {**commands, command: Done(recorded.index, recorded.entry.type)}
    if len(kept) > REMEMBERED_COMMANDS:
        del kept[next(iter(kept))]
    return kept


@singledispatch
def _then(entry: Entry, premises: Premises, index: int, at: datetime) -> Premises:
    """What an entry changes; most that are only there to be read change nothing."""
    del entry, index, at
    return premises


@_then.register
def _admission(entry: Admission, premises: Premises, index: int, at: datetime) -> Premises:
    people = len(entry.people)
    party = Party(
        id=entry.party,
        admission=index,
        zone=entry.zone,
        people=people,
        since=at,
        takeaway=entry.takeaway,
        tables=entry.tables,
        inside=0 if entry.waits_for_passage else people,
        waiting=people if entry.waits_for_passage else 0,
        sensed=entry.waits_for_passage,
        room=entry.room,
        banquet=entry.banquet,
    )
    if entry.override is not None:
        premises = _overridden(premises, at)
    return _enter(_with(_forget_oldest(premises), party), entry.zone, party.inside)


def _overridden(premises: Premises, at: datetime) -> Premises:
    """One more admission against the decision on its day."""
    day = at.astimezone(HONG_KONG).date()
    before = premises.overridden if premises.overridden_on == day else 0
    return replace(premises, overridden_on=day, overridden=before + 1)


@_then.register
def _passage(entry: Passage, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = None if entry.admission is None else premises.admitted(entry.admission)
    if party is None:
        if premises.single:
            return _enter(premises, "", 1)
        return replace(premises, whole=premises.whole + 1, unplaced=premises.unplaced + 1)
    if party.waiting and not party.uncertain:
        party = replace(party, waiting=party.waiting - 1, inside=party.inside + 1)
        return _enter(_with(premises, party), party.zone, 1)
    if party.returning:
        return _with(premises, replace(party, returning=party.returning - 1))
    return _enter(premises, party.zone, 1)


@_then.register
def _places_returned(entry: PlacesReturned, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.admitted(entry.admission)
    if party is None:
        return premises
    return _with(premises, replace(party, waiting=max(0, party.waiting - entry.people)))


@_then.register
def _undone(entry: Undone, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.admitted(entry.admission)
    if party is None:
        return premises
    beam_sees_them = premises.door.counts_exits and party.sensed
    premises = _leave(premises, party.zone, party.inside, of_premises=not beam_sees_them)
    premises = _forfeit(premises, party.out)
    return _whole(_with(premises, replace(party, inside=0, waiting=0, out=0)), 0)


@_then.register
def _settled(entry: Settled, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.admitted(entry.admission)
    if party is None or not party.uncertain:
        return premises
    settled = replace(party, waiting=0, uncertain=False, inside=party.inside + entry.entered)
    return _whole(_enter(_with(premises, settled), party.zone, entry.entered), 0)


@_then.register
def _started(entry: Started, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    door = DoorForm(
        has_lock=entry.has_lock, counts_entries=entry.counts_entries, counts_exits=entry.counts_exits
    )
    parties = {
        party.id: replace(party, returning=0, uncertain=party.waiting > 0)
        for party in premises.parties.values()
    }
    return replace(premises, door=door, parties=parties)


@_then.register
def _exit(entry: Exit, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    if entry.source == "beam":
        return _beam(premises, entry.people)
    party = premises.parties.get(entry.party) if entry.party is not None else None
    tap_counts = not premises.door.counts_exits
    if party is not None:
        from_inside = min(entry.people, party.inside)
        from_out = min(entry.people - from_inside, party.out)
        premises = _leave(premises, party.zone, from_inside, of_premises=tap_counts)
        premises = _forfeit(premises, from_out)
        left = replace(party, inside=party.inside - from_inside, out=party.out - from_out)
        return _perhaps_empty(_with(premises, left), party.zone)
    if entry.zone is not None:
        return _perhaps_empty(_leave(premises, entry.zone, entry.people, of_premises=tap_counts), entry.zone)
    premises = replace(premises, unplaced=max(0, premises.unplaced - entry.people))
    return _whole(premises, -entry.people) if tap_counts else premises


def _beam(premises: Premises, people: int) -> Premises:
    stepped_out = min(people, premises.stepping)
    premises = _whole(replace(premises, stepping=premises.stepping - stepped_out), stepped_out - people)
    if premises.unplaced:
        premises = replace(premises, unplaced=min(premises.unplaced, max(0, premises.whole + premises.open)))
    if premises.single and premises.whole <= 0:
        kept = {
            party.id: party
            for party in premises.parties.values()
            if party.tables or party.waiting or party.out or party.returning
        }
        premises = replace(premises, parties=kept)
    return premises


@_then.register
def _stepped_out(entry: SteppedOut, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.parties.get(entry.party)
    if party is None:
        return premises
    people = min(entry.people, party.inside)
    premises = _leave(premises, party.zone, people, of_premises=True)
    if premises.door.counts_exits:
        premises = replace(premises, stepping=premises.stepping + people)
    return _with(premises, replace(party, inside=party.inside - people, out=party.out + people))


@_then.register
def _stepped_back(entry: SteppedBack, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.parties.get(entry.party)
    if party is None:
        return premises
    people = min(entry.people, party.out)
    returning = party.returning + people if premises.door.counts_entries else 0
    back = replace(party, out=party.out - people, inside=party.inside + people, returning=returning)
    premises = _enter(_with(premises, back), party.zone, people)
    still_out = sum(each.out for each in premises.parties.values())
    return replace(premises, stepping=min(premises.stepping, still_out))


@_then.register
def _moved(entry: Moved, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    party = premises.parties.get(entry.party)
    return _with(premises, replace(party, tables=entry.tables, room=entry.room)) if party else premises


@_then.register
def _banquet_opened(entry: BanquetOpened, premises: Premises, index: int, at: datetime) -> Premises:
    del index
    banquet = Banquet(id=entry.banquet, zone=entry.zone, since=at)
    return replace(
        premises,
        banquets={**premises.banquets, entry.banquet: banquet},
        banquets_opened=premises.banquets_opened + 1,
    )


@_then.register
def _banquet_ended(entry: BanquetEnded, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    kept = {key: each for key, each in premises.banquets.items() if key != entry.banquet}
    return replace(premises, banquets=kept)


@_then.register
def _recount(entry: Recount, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    if premises.single:
        counted, every_zone = set(premises.zones) | set(entry.inside), True
    else:
        counted, every_zone = set(entry.inside), set(premises.zones) <= set(entry.inside)
    whole = _whole_after(entry, premises, every_zone=every_zone)
    by_zone = premises.by_zone if premises.single else {**premises.by_zone, **entry.inside}
    parties: dict[str, Party] = {}
    for party in premises.parties.values():
        recounted = party
        if every_zone or party.zone in counted:
            nobody = not (sum(entry.inside.values()) if premises.single else entry.inside.get(party.zone, 0))
            recounted = replace(
                party,
                inside=0 if nobody else party.inside,
                waiting=0 if party.uncertain else party.waiting,
                uncertain=False,
                returning=0,
                recounted=True,
            )
        if recounted.places:
            parties[party.id] = recounted
    return replace(
        premises,
        whole=whole,
        by_zone=by_zone,
        parties=parties,
        unplaced=0 if every_zone else premises.unplaced,
        stepping=0 if every_zone else premises.stepping,
    )


def _whole_after(entry: Recount, premises: Premises, *, every_zone: bool) -> int:
    """The premises' figure after a recount of all or some of its zones."""
    total = sum(entry.inside.values())
    if every_zone:
        return total
    if not premises.door.counts_exits:
        return premises.whole + total - sum(premises.by_zone.get(zone, 0) for zone in entry.inside)
    uncertain = sum(
        party.waiting for party in premises.parties.values() if party.uncertain and party.zone in entry.inside
    )
    return max(total, premises.whole + min(uncertain, total))


@_then.register
def _day_opened(entry: DayOpened, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    zones = tuple(zone.zone for zone in entry.zones)
    after = replace(premises, rules=entry, way=entry.way, duties={})
    if premises.rules is None or zones == premises.zones:
        return after
    known = (
        dict.fromkeys(premises.zones, premises.inside_whole) if premises.single else dict(premises.by_zone)
    )
    if len(zones) <= 1:
        return replace(after, by_zone={}, unplaced=0)
    gone = sum(people for zone, people in known.items() if zone not in zones)
    kept = {zone: people for zone, people in known.items() if zone in zones}
    return replace(after, by_zone=kept, unplaced=premises.unplaced + gone)


@_then.register
def _staff_duties(entry: StaffDuties, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    return replace(premises, duties={**premises.duties, entry.zone: entry})


@_then.register
def _way_changed(entry: WayChanged, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    return replace(premises, way=entry.way)


@_then.register
def _plan_displayed(entry: PlanDisplayed, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    return replace(premises, plan=entry.plan)


@_then.register
def _inspector_signed_in(entry: InspectorSignedIn, premises: Premises, index: int, at: datetime) -> Premises:
    begun = Inspection(
        session=index,
        how=entry.how,
        department=entry.department,
        number=entry.number,
        by=entry.by,
        since=at,
    )
    return replace(premises, inspections={**premises.inspections, index: begun})


@_then.register
def _inspector_signed_out(
    entry: InspectorSignedOut, premises: Premises, index: int, at: datetime
) -> Premises:
    del index, at
    left = {number: one for number, one in premises.inspections.items() if number != entry.session}
    return replace(premises, inspections=left)


@_then.register
def _alarm(entry: Alarm, premises: Premises, index: int, at: datetime) -> Premises:
    del index
    key = (entry.kind, entry.subject)
    return premises if key in premises.alarms else replace(premises, alarms={**premises.alarms, key: at})


@_then.register
def _alarm_cleared(entry: AlarmCleared, premises: Premises, index: int, at: datetime) -> Premises:
    del index, at
    gone = (entry.kind, entry.subject)
    return replace(premises, alarms={key: since for key, since in premises.alarms.items() if key != gone})


@_then.register
def _closed(entry: Closed, premises: Premises, index: int, at: datetime) -> Premises:
    del index
    return replace(premises, closed={**premises.closed, entry.zone: at})


def _perhaps_empty(premises: Premises, zone: str) -> Premises:
    """`premises`, whose tapped leavings may have emptied `zone`: then its parties have gone, whoever of them was tapped."""
    tapped = not (premises.door.counts_exits and premises.single)
    return _empty(premises, zone) if tapped and premises.inside(zone) == 0 else premises


def _empty(premises: Premises, zone: str) -> Premises:
    """Nobody is in `zone`, by the word of staff: its parties are only those that wait or stepped out."""
    for party in premises.parties_in(zone):
        premises = _with(premises, replace(party, inside=0, returning=0))
    return premises


def _forget_oldest(premises: Premises) -> Premises:
    """`premises` with no more parties than anybody could tap; figures do not hang on them."""
    if len(premises.parties) < MOST_PARTIES:
        return premises
    oldest = next((each for each in premises.parties.values() if not (each.waiting or each.out)), None)
    return premises if oldest is None else _with(premises, replace(oldest, inside=0, returning=0))


def _with(premises: Premises, party: Party) -> Premises:
    """`premises` with `party` as it is now, or without it when none of its places is left."""
    if party.places:
        return replace(premises, parties={**premises.parties, party.id: party})
    rest = dict(premises.parties)
    rest.pop(party.id, None)
    return replace(premises, parties=rest)


def _enter(premises: Premises, zone: str, people: int) -> Premises:
    """`people` more are known to be inside `zone`."""
    if premises.single:
        return replace(premises, whole=premises.whole + people)
    if zone not in premises.zones:
        return replace(premises, whole=premises.whole + people, unplaced=premises.unplaced + people)
    by_zone = {**premises.by_zone, zone: premises.by_zone.get(zone, 0) + people}
    return replace(premises, whole=premises.whole + people, by_zone=by_zone)


def _leave(premises: Premises, zone: str, people: int, *, of_premises: bool) -> Premises:
    """`people` fewer inside `zone`, and of the premises unless the beam counts them."""
    if not premises.single:
        if zone in premises.zones:
            left = max(0, premises.by_zone.get(zone, 0) - people)
            premises = replace(premises, by_zone={**premises.by_zone, zone: left})
        else:
            premises = replace(premises, unplaced=max(0, premises.unplaced - people))
    return _whole(premises, -people) if of_premises else premises


def _whole(premises: Premises, people: int) -> Premises:
    """The premises' count changed by `people`; below zero only by the uncertain, who must then have entered."""
    whole = premises.whole + people
    # Only below zero does anything hang on the uncertain, who are sought among all parties.
    return replace(premises, whole=whole if whole >= 0 else max(whole, -premises.uncertain))


def _forfeit(premises: Premises, people: int) -> Premises:
    """`people` who stepped out give up their kept places; those the beam has not seen yet are still inside."""
    still_inside = min(people, premises.stepping)
    return replace(premises, stepping=premises.stepping - still_inside, whole=premises.whole + still_inside)
