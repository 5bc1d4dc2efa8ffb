"""The office: what the law asks of each member of staff, and until when. For managers; nobody else sees a name here.

The register is read and changed through the door's socket, where the manager's role is looked up once more. What falls
due is worked out here, so that the door's own process has nothing else to do than the door.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from kiosk import HONG_KONG, law
from kiosk.gate.commands import AnyCommand, StaffImport, StaffRemove, StaffSave, StaffSeen
from kiosk.gate.protocol import DoorRefusedError, DoorUnreachableError, StaffBook
from kiosk.gate.snapshot import Snapshot, Texts
from kiosk.premises.venue import venue_facts
from kiosk.staff import spreadsheet
from kiosk.staff.duties import AHEAD, SOON, Duties, Duty, duties
from kiosk.staff.register import KEPT_SAMPLES, MOST_DOSES, Told
from kiosk.texts import LANGUAGES, every_language, text
from kiosk.web import office_download, office_inspections, office_sign_ins
from kiosk.web.context import new_id, reader, staff, web
from kiosk.web.signin import current_account, touch

office = Blueprint("office", __name__, url_prefix="/office")
office_inspections.add_to(office)
office_sign_ins.add_to(office)
office_download.add_to(office)

_INSTRUMENTS = "office-instruments"
_MOST_FAULTS = 12
_NEEDED_DOSES = 3


@dataclass(frozen=True)
class Problem:
    """Why something was not done, said where it was asked for; ``command_id`` is kept while nobody knows."""

    form: str
    status: int
    texts: tuple[Texts, ...]
    command_id: str = ""


@office.before_request
def _managers_only() -> ResponseReturnValue | None:
    g.account = current_account()
    if g.account is None:
        if request.method == "GET":
            return redirect(url_for("signin.form"), 303)
        return Response(render_template("error.html", what="sign_in"), 401)
    touch(request)
    if g.account.role != "manager":
        return Response(render_template("office/forbidden.html"), 403)
    return None


@office.context_processor
def _helpers() -> dict[str, object]:
    return {
        "area_name": area_name,
        "needed": needed,
        "ahead": AHEAD,
        "soon_days": SOON,
        "trust": snapshot.trust if (snapshot := web().feed.view.snapshot) else None,
        "sealing_key": snapshot.sealing_key if snapshot else None,
        "sealing_key_days": _age(snapshot),
    }


def _age(snapshot: Snapshot | None) -> int | None:
    """How many days ago the authority made its sealing key, by the system's clock: a key is no part of a demo's past."""
    if snapshot is None or snapshot.sealing_key is None or snapshot.sealing_key.made is None:
        return None
    return (datetime.now(HONG_KONG).date() - snapshot.sealing_key.made).days


@office.errorhandler(DoorUnreachableError)
def _no_door(_: DoorUnreachableError) -> ResponseReturnValue:
    return render_template("office/no_door.html", said=None), 503


@office.errorhandler(DoorRefusedError)
def _door_says_no(error: DoorRefusedError) -> ResponseReturnValue:
    if error.answer.error == "manager_needed":
        return render_template("office/forbidden.html"), 403
    return render_template("office/no_door.html", said=error.answer.message), 503


@office.get("")
def page() -> str:
    """Who is due, which part is not open, and everybody."""
    return _list(None)


@office.get("/sheet")
def sheet() -> str:
    """The duty sheet, to print."""
    book = _book()
    return render_template("office/sheet.html", book=book, sheet=_duties(book))


@office.get("/member/new")
def new() -> str:
    """An empty form."""
    return _form(None, None)


@office.get("/member/<member_id>")
def member(member_id: str) -> str:
    """The form of one member."""
    found = _book().staff.member(member_id)
    if found is None:
        abort(404)
    return _form(found.told(), None)


@office.post("/save")
def save() -> ResponseReturnValue:
    """Take the form of one member."""
    try:
        told = _told()
    except _FieldError as error:
        problem = Problem("member", 422, (_check(error.field),))
        return _form(None, problem), problem.status
    problem_or_done = _send(StaffSave(member=told), "member")
    return (
        _done("saved") if problem_or_done is None else (_form(told, problem_or_done), problem_or_done.status)
    )


@office.post("/seen")
def seen() -> ResponseReturnValue:
    """A paper or a result was seen today."""
    try:
        command = StaffSeen.model_validate(
            {
                "member": request.form.get("member", ""),
                "what": request.form.get("what", ""),
                "negative": request.form.get("result") != "positive",
            }
        )
    except ValidationError:
        abort(400)
    return _done_or_list("seen", command, f"member-{command.member}")


@office.post("/remove")
def remove() -> ResponseReturnValue:
    """Forget a member who left."""
    try:
        command = StaffRemove(member=request.form.get("member", ""))
    except ValidationError:
        abort(400)
    return _done_or_list("removed", command, f"member-{command.member}")


@office.get("/staff.csv")
def export() -> Response:
    """The register as a table."""
    book = _book()
    response = Response(spreadsheet.written(book.staff), mimetype="text/csv")
    name = f"staff-{web().settings.kiosk}-{book.today}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@office.post("/import")
def take_in() -> ResponseReturnValue:
    """Take a table in, whole or not at all."""
    file = request.files.get("file")
    book = _book()
    try:
        rows = spreadsheet.read(file.read() if file else b"")
        rows.check(book.staff, by=_name(), on=book.today)
    except spreadsheet.SpreadsheetError as error:
        texts = tuple(
            cast("Texts", {language: fault.text(language) for language in LANGUAGES})
            for fault in error.faults[:_MOST_FAULTS]
        )
        more = len(error.faults) - _MOST_FAULTS
        texts += (every_language("office.import.more", n=more),) if more > 0 else ()
        problem = Problem("import", 422, (every_language("office.import.nothing"), *texts))
        return _list(problem), problem.status
    return _done_or_list("imported", StaffImport(members=rows.told), "import")


def _name() -> str:
    account = staff()
    return account.name if account else ""


def _book() -> StaffBook:
    return web().door.staff(by=_name())


def _duties(book: StaffBook) -> Duties:
    return duties(_instruments(), venue_facts(web().settings), book.staff, book.today)


def _instruments() -> law.Instruments:
    """Read once: the pages start anew with a new instrument, as the door does."""
    if _INSTRUMENTS not in current_app.extensions:
        settings = web().settings
        current_app.extensions[_INSTRUMENTS] = law.load_instruments(
            settings.instruments, include_unofficial=settings.include_unofficial
        )
    return cast("law.Instruments", current_app.extensions[_INSTRUMENTS])


def _send(command: AnyCommand, form: str) -> Problem | None:
    """Ask the door; None where it is done."""
    command_id = request.form.get("command_id", "")[:64] or new_id()
    try:
        answer = web().door.command(command, by=_name(), command_id=command_id)
    except DoorUnreachableError:
        return Problem(form, 503, (every_language("office.unsure"),), command_id)
    if answer.ok:
        return None
    said = answer.message or every_language("office.refused", code=answer.error or "?")
    return Problem(form, 409, (said,), command_id if answer.error == "no_answer" else "")


def _done(what: str) -> ResponseReturnValue:
    flash(what)
    return redirect(url_for("office.page"), 303)


def _done_or_list(what: str, command: AnyCommand, form: str) -> ResponseReturnValue:
    problem = _send(command, form)
    return _done(what) if problem is None else (_list(problem), problem.status)


def _list(problem: Problem | None) -> str:
    book = _book()
    return render_template(
        "office/page.html",
        book=book,
        sheet=_duties(book),
        problem=problem,
        from_file=len(web().settings.premises.staff),
    )


def _form(told: Told | None, problem: Problem | None) -> str:
    return render_template(
        "office/member.html",
        told=told,
        form=request.form if problem else None,
        problem=problem,
        doses=_padded([str(day) for day in told.doses] if told else [], "dose", _NEEDED_DOSES, MOST_DOSES),
        samples=_sample_rows(told),
        command_id=problem.command_id if problem and problem.command_id else new_id(),
    )


def _padded(known: list[str], name: str, least: int, most: int) -> list[str]:
    values = request.form.getlist(name) if request.method == "POST" else known
    values = [value for value in values if value]
    return (values + [""] * max(least - len(values), 1))[:most]


def _sample_rows(told: Told | None) -> list[tuple[str, str]]:
    if request.method == "POST":
        pairs = zip(request.form.getlist("test"), request.form.getlist("result"), strict=False)
        rows = [(day, result) for day, result in pairs if day]
    else:
        rows = [
            (str(one.date), "negative" if one.negative else "positive")
            for one in (told.samples if told else ())
        ]
    return [("", "negative"), *rows]


class _FieldError(Exception):
    """A field of the form cannot be used."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _told() -> Told:
    form = request.form
    pairs = zip(form.getlist("test"), form.getlist("result"), strict=False)
    samples = [
        {"date": _day(day, "samples"), "negative": result != "positive"} for day, result in pairs if day
    ]
    try:
        return Told.model_validate(
            {
                "id": form.get("member") or None,
                "name": form.get("name", ""),
                "role": form.get("role", ""),
                "active": "active" in form,
                "doses": [_day(day, "doses") for day in form.getlist("dose") if day],
                "unfit": "unfit" in form,
                "declaration": "declaration" in form,
                "certificate": "certificate" in form,
                "samples": sorted(samples, key=lambda one: str(one["date"]), reverse=True)[:KEPT_SAMPLES],
            }
        )
    except ValidationError as error:
        loc = error.errors(include_url=False)[0]["loc"]
        raise _FieldError(str(loc[0]) if loc else "samples") from error


def _day(value: str, field: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _FieldError(field) from error


def _check(field: str) -> Texts:
    named = field if field in {"name", "role", "doses", "samples"} else "form"
    return {
        language: text("office.check_field", language, field=text(f"office.field.{named}", language))
        for language in LANGUAGES
    }


def area_name(area: str) -> str:
    """What a part of the premises is called, in the reader's language."""
    names = web().settings.zone_names.get(area)
    return names[reader()] if names else text("office.whole", reader())


def needed(duty: Duty) -> list[dict[str, str]]:
    """What a duty asks for, in the reader's language: what, what would do, and the paragraph."""
    language = reader()
    return [
        {
            "what": text(f"staff.what.{reason.code}", language),
            "para": reason.para or "",
            "ways": text("law.or", language).join(remedy.text(language) for remedy in reason.remedies),
        }
        for reason in duty.reasons
    ]
