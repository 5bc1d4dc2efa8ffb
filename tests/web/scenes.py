"""Snapshots of an evening at a restaurant: every state that a screen can be in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kiosk.gate.question import fault_view
from kiosk.gate.snapshot import (
    AlarmView,
    CameraView,
    CustomerView,
    EventView,
    InsideView,
    PartyView,
    ReasonView,
    SeenAgain,
    Snapshot,
    StopView,
    SyncView,
    TableView,
    Texts,
    TrustListView,
    TrustView,
    VerdictView,
    ZoneView,
)
from kiosk.ledger.entries import TableShare
from kiosk.texts import every_language

AT = datetime.fromisoformat("2021-05-01T19:30:00+08:00")
OPENS = datetime.fromisoformat("2021-05-02T05:00:00+08:00")


def say(en: str, hant: str, hans: str) -> Texts:
    return {"en": en, "zh-Hant": hant, "zh-Hans": hans}


#: As long as it really is.
PENALTY = say(
    (
        "Persons on the premises must comply with the directions that apply to "
        "them. Not doing so is an offence: maximum fine of $10,000, or a fixed "
        "penalty of $5,000. Making a false declaration or giving false informat"
        "ion is not complying with the directions: fixed penalty of $5,000. Tak"
        "ing part in a group gathering on the premises that breaches the requir"
        "ements is handled under Cap. 599G: fixed penalty of $5,000."
    ),
    (
        "身處處所內的人士必須遵守適用的指示，否則即屬犯罪，最高可處罰款10,000元，或繳付定額罰款5,000元。作出虛假聲明或提供虛假資料，會視為"
        "違反指示，須繳付定額罰款5,000元。在處所內參與違反規定的羣組聚集，會按第599G章處理，參與者須繳付定額罰款5,000元。"
    ),
    (
        "身处处所内的人士必须遵守适用的指示，否则即属犯罪，最高可处罚款10,000元，或缴付定额罚款5,000元。作出虚假声明或提供虚假资料，会视为"
        "违反指示，须缴付定额罚款5,000元。在处所内参与违反规定的群组聚集，会按第599G章处理，参与者须缴付定额罚款5,000元。"
    ),
)

NOT_VACCINATED = ReasonView(
    code="not_vaccinated",
    para="1(d)",
    customer=0,
    message=say(
        "The first dose of a COVID-19 vaccine is missing. Show a vaccination record, or choose another zone.",
        "未有接種第一劑新冠疫苗的紀錄。請出示疫苗接種紀錄，或選擇其他區域。",
        "没有接种第一剂新冠疫苗的记录。请出示疫苗接种记录，或选择其他区域。",
    ),
)
NO_SCAN = ReasonView(
    code="no_lhs_scan",
    para="1(d)",
    customer=0,
    message=say(
        "Scan the venue’s LeaveHomeSafe code with the app, then show the screen to our staff.",
        "請用「安心出行」流動應用程式掃描場所二維碼，然後向職員出示畫面。",
        "请用“安心出行”流动应用程序扫描场所二维码，然后向职员出示画面。",
    ),
)
TABLE_FULL = ReasonView(
    code="table_full",
    para="1(b)",
    customer=None,
    message=say(
        "No more than four persons may sit at one table. Sit at two tables.",
        "每枱不得多於四人，請分枱而坐。",
        "每桌不得多于四人，请分桌而坐。",
    ),
)
OVER_CAPACITY = ReasonView(
    code="over_capacity",
    para="1(b)",
    customer=None,
    message=say(
        "All 6 places that the law allows in this zone are taken. Wait until somebody leaves.",
        "此區已達法例容許的 6 人上限，請等候有人離開。",
        "此区已达法例容许的 6 人上限，请等候有人离开。",
    ),
)
UNKNOWN_AGE = ReasonView(
    code="unknown_fact",
    para="1(g)",
    customer=1,
    message=say(
        "The age of this customer is not known. Choose an age group.",
        "未知此顧客的年齡，請選擇年齡組別。",
        "未知此顾客的年龄，请选择年龄组别。",
    ),
)


def table(name: str, seats: int, people: int = 0) -> TableView:
    return TableView(id=name, seats=seats, people=people, parties=("P12",) if people else ())


def zone_d(**changes: Any) -> ZoneView:
    base = ZoneView(
        id="D1",
        name=say("Zone D", "D 類區域", "D 类区域"),
        mode="D",
        asks=("code", "scan"),
        taken=7,
        inside=6,
        limit=12,
        left=5,
        table_limit=8,
        opens_at=None,
        closes_at=AT.replace(hour=2, minute=0) + timedelta(days=1),
        phase="open",
        minutes_left=390,
        tables=(table("D-1", 4, 4), table("D-2", 8, 2), table("D-3", 4)),
    )
    return base.model_copy(update=changes)


def main_hall(**changes: Any) -> ZoneView:
    base = ZoneView(
        id="main",
        name=say("Main hall", "大堂", "大堂"),
        mode="B",
        asks=("scan",),
        taken=3,
        inside=3,
        limit=6,
        left=3,
        table_limit=4,
        opens_at=None,
        closes_at=AT.replace(hour=22, minute=0),
        phase="open",
        minutes_left=150,
        tables=(table("M-1", 4, 3), table("M-2", 4), table("M-3", 4)),
    )
    return base.model_copy(update=changes)


def whole(**changes: Any) -> ZoneView:
    """Premises without zones."""
    name = say("Lotus Court (demo)", "蓮苑酒家（示範）", "莲苑酒家（示范）")
    return main_hall(**{"id": "premises", "name": name, "mode": None, **changes})


def customer(number: int = 0, **changes: Any) -> CustomerView:
    base = CustomerView(
        number=number,
        selected=number == 0,
        age=None,
        masked_name=None,
        masked_document=None,
        doses=(),
        recovered=False,
        proofs=(),
        rejected=None,
        record_seen=False,
        document_seen=False,
        lhs=None,
        form=False,
        registered=False,
        with_adult=False,
        unfit=False,
        papers=(),
        reasons=(),
    )
    return base.model_copy(update=changes)


def vaccinated(number: int = 0, **changes: Any) -> CustomerView:
    known = {
        "age": "adult",
        "masked_name": "CHAN, T** M**",
        "masked_document": "****987(6)",
        "doses": (("2021-03-01", "Comirnaty"), ("2021-03-29", "Comirnaty")),
        "proofs": ("hk-vac",),
        "lhs": "staff_saw",
    }
    return customer(number, **{**known, **changes})


def party(*customers: CustomerView, **changes: Any) -> PartyView:
    base = PartyView(
        zone="D1",
        tables=(TableShare(table="D-2", people=len(customers)),),
        takeaway=False,
        customers=customers,
        outcome="admit",
        reasons=(),
    )
    return base.model_copy(update=changes)


def inside(number: int, **changes: Any) -> InsideView:
    base = InsideView(
        party=f"P{number}",
        admission=number,
        zone="D1",
        since=AT - timedelta(minutes=50),
        inside=4,
        waiting=0,
        out=0,
        tables=(TableShare(table="D-1", people=4),),
        uncertain=False,
        can_undo=False,
    )
    return base.model_copy(update=changes)


EVENTS = (
    EventView(
        index=15,
        at=AT - timedelta(minutes=3),
        type="passage",
        text=say("One person passed.", "一人通過。", "一人通过。"),
    ),
    EventView(
        index=14,
        at=AT - timedelta(minutes=3),
        type="admission",
        text=say("2 people admitted to Zone D.", "2 人獲准進入 D 類區域。", "2 人获准进入 D 类区域。"),
    ),
    EventView(
        index=13,
        at=AT - timedelta(minutes=9),
        type="refusal",
        text=say(
            "5 people refused: table_full 1(b).",
            "拒絕 5 人：table_full 1(b)。",
            "拒绝 5 人：table_full 1(b)。",
        ),
    ),
)


def snapshot(**changes: Any) -> Snapshot:
    base = Snapshot(
        number=1,
        at=AT,
        demo=True,
        clock_shifted=True,
        venue=say("Lotus Court (demo)", "蓮苑酒家（示範）", "莲苑酒家（示范）"),
        kiosk="demo-door-1",
        way="staffed",
        instrument="2021-04-28",
        instrument_title=say(
            "Directions of 28 April 2021 (vaccine bubble)",
            "2021 年 4 月 28 日指示（疫苗氣泡）",
            "2021 年 4 月 28 日指示（疫苗气泡）",
        ),
        penalty=PENALTY,
        lhs_evidence=("staff_saw", "declared"),
        zones=(zone_d(), main_hall()),
        inside=9,
        taken=10,
        limit=18,
        unplaced=0,
        has_lock=True,
        counts_entries=True,
        counts_exits=True,
        stops=(),
        verdict=VerdictView(state="idle", number=1),
        party=None,
        parties=(
            inside(12),
            inside(
                14,
                inside=1,
                waiting=1,
                tables=(TableShare(table="D-2", people=2),),
                since=AT - timedelta(minutes=3),
                can_undo=True,
            ),
            inside(
                9,
                zone="main",
                inside=3,
                out=1,
                tables=(TableShare(table="M-1", people=3),),
                since=AT - timedelta(minutes=80),
            ),
        ),
        alarms=(),
        cameras=(CameraView(name="door", up=True, why=None),),
        door_link="up",
        sync=SyncView(configured=True, waiting=0, acknowledged=16, error=None, since=AT),
        events=EVENTS,
    )
    return base.model_copy(update=changes)


def verdict(state: str, number: int = 2, **changes: Any) -> VerdictView:
    return VerdictView.model_validate({"state": state, "number": number, **changes})


def reasons(*items: ReasonView) -> tuple[ReasonView, ...]:
    return items


CANNOT_VERIFY = say(
    "This kiosk does not know the key of this record. Staff may read it instead.",
    "本機未有此紀錄的驗證碼匙，可由職員查看紀錄。",
    "本机没有此记录的验证密钥，可由职员查看记录。",
)

PLAN_STOP = StopView(
    code="plan_pending",
    what=every_language("gate.stop.plan_pending.what"),
    mend=every_language("gate.stop.plan_pending.mend"),
)
CLOCK_STOP = StopView(
    code="clock_doubtful",
    what=say(
        "The clock may be wrong, so nobody is admitted.",
        "系統時間可能不正確，因此暫停入場。",
        "系统时间可能不正确，因此暂停入场。",
    ),
    mend=say(
        "A supervisor looks at a watch and confirms the time at the desk.",
        "請主管對照手錶，於櫃台確認時間。",
        "请主管对照手表，于柜台确认时间。",
    ),
)

ALARMS = (
    AlarmView(
        kind="passage_without_admission",
        subject="",
        since=AT - timedelta(minutes=2),
        text=say(
            "Somebody passed who had not been admitted. They are counted. Find out who it was, or recount.",
            "有未獲准入場的人通過了門口，已計入人數。請查明是誰，或重新點算。",
            "有未获准入场的人通过了门口，已计入人数。请查明是谁，或重新点算。",
        ),
    ),
    AlarmView(
        kind="camera_lost",
        subject="door",
        since=AT - timedelta(minutes=1),
        text=say(
            "The camera “door” does not answer. Check its cable; codes can be entered by hand meanwhile.",
            "鏡頭「door」沒有回應。請檢查接線；其間可人手輸入。",
            "镜头“door”没有回应。请检查接线；其间可人手输入。",
        ),
    ),
)

EU_NAME = say("EU digital COVID certificates", "歐盟數碼新冠證明書", "欧盟数字新冠证明书")


def trust_list(state: str, **changes: Any) -> TrustListView:
    base = {"source": "eu", "name": EU_NAME, "state": state, "days": 41, "out_from": AT + timedelta(days=139)}
    return TrustListView.model_validate(base | changes)


_ONE_VISITOR = {"masked_name": "CHAN, T** M**", "masked_document": "****987(6)"}
_SIX = (NOT_VACCINATED, NO_SCAN, TABLE_FULL, OVER_CAPACITY, UNKNOWN_AGE)

DISPLAY: dict[str, Snapshot] = {
    "idle": snapshot(),
    "idle-nothing-asked": snapshot(zones=(main_hall(asks=()),), cameras=()),
    "idle-unattended": snapshot(way="unattended", verdict=verdict("idle", asks=("code", "declare"))),
    "idle-tap": snapshot(way="unattended", verdict=verdict("idle", asks=("enter",))),
    "idle-camera-lost": snapshot(cameras=(CameraView(name="door", up=False, why="unplugged"),)),
    "full": snapshot(zones=(zone_d(left=0, taken=12), main_hall(left=0, taken=6))),
    "ask-enter": snapshot(way="unattended", verdict=verdict("ask", asks=("enter",))),
    "ask-code": snapshot(way="unattended", verdict=verdict("ask", asks=("code",))),
    "ask-declare": snapshot(
        way="unattended",
        verdict=verdict("ask", zone="D1", asks=("declare",), sound="vaccinated", **_ONE_VISITOR),
    ),
    "ask-either": snapshot(
        way="unattended",
        verdict=verdict("ask", zone="main", asks=("declare", "register"), reasons=(NO_SCAN,)),
    ),
    "ask-all": snapshot(
        way="unattended",
        verdict=verdict("ask", zone="D1", asks=("code", "declare", "register"), message=CANNOT_VERIFY),
        zones=(zone_d(), main_hall(phase="last_call", minutes_left=8)),
    ),
    "look": snapshot(
        party=party(vaccinated()),
        verdict=verdict("look", zone="D1", people=1, sound="vaccinated", **_ONE_VISITOR),
    ),
    "welcome": snapshot(verdict=verdict("welcome", zone="D1", people=1, sound="vaccinated", **_ONE_VISITOR)),
    "welcome-party": snapshot(verdict=verdict("welcome", zone="main", people=6)),
    "refused-one": snapshot(verdict=verdict("refused", zone="D1", people=1, reasons=(NOT_VACCINATED,))),
    "refused": snapshot(
        verdict=verdict("refused", zone="D1", people=2, reasons=(NOT_VACCINATED, NO_SCAN), sound="invalid")
    ),
    "refused-five": snapshot(
        verdict=verdict(
            "refused",
            zone="main",
            people=5,
            reasons=(*_SIX, NO_SCAN.model_copy(update={"customer": 1})),
            message=say("Please see our staff.", "請聯絡職員。", "请联系职员。"),
        )
    ),
    "unreadable": snapshot(verdict=verdict("unreadable")),
    "invalid": snapshot(verdict=verdict("invalid", message=CANNOT_VERIFY, sound="invalid")),
    "see-staff": snapshot(verdict=verdict("see_staff", message=CANNOT_VERIFY)),
    "stopped": snapshot(verdict=verdict("stopped"), stops=(CLOCK_STOP,)),
    "closed": snapshot(
        verdict=verdict("closed"),
        zones=(
            zone_d(phase="closed", left=None, minutes_left=None, opens_at=OPENS),
            main_hall(phase="closed", left=None, minutes_left=None, opens_at=OPENS),
        ),
    ),
    "closing": snapshot(
        zones=(zone_d(phase="notice", minutes_left=28), main_hall(phase="last_call", minutes_left=9))
    ),
    "zone-closed": snapshot(zones=(zone_d(), main_hall(phase="closed", minutes_left=None, opens_at=OPENS))),
    "zone-short": snapshot(zones=(zone_d(staff_short=True), main_hall())),
    "short": snapshot(zones=(zone_d(staff_short=True), main_hall(staff_short=True))),
    "whole": snapshot(zones=(whole(asks=(), phase="last_call", minutes_left=9),), cameras=()),
    "whole-welcome": snapshot(
        zones=(whole(phase="notice", minutes_left=28),), verdict=verdict("welcome", zone="premises", people=2)
    ),
    "whole-late": snapshot(
        zones=(whole(phase="closed", minutes_left=None, left=None, opens_at=OPENS),),
        verdict=verdict("refused", zone="premises", people=1, reasons=(OVER_CAPACITY,)),
    ),
}

DESK: dict[str, Snapshot] = {
    "short": snapshot(zones=(zone_d(staff_short=True, left=12, taken=0), main_hall(left=1, taken=5))),
    "whole": snapshot(zones=(whole(left=1, taken=5),), parties=(), cameras=(), has_lock=False),
    "empty": snapshot(parties=(), events=(), inside=0, demo=False, clock_shifted=False),
    "quiet": snapshot(),
    "ready": snapshot(party=party(vaccinated()), verdict=DISPLAY["look"].verdict),
    "not-yet": snapshot(
        party=party(
            vaccinated(rejected=CANNOT_VERIFY),
            customer(
                1,
                reasons=(NOT_VACCINATED, NO_SCAN, UNKNOWN_AGE),
                age="child",
                asks=("doses", "lhs_scan", "registered", "form", "age", "unfit"),
            ),
            customer(
                2, age="elder", unfit=True, papers=("declaration",), record_seen=True, reasons=(NO_SCAN,)
            ),
            outcome="refuse",
            reasons=(TABLE_FULL,),
            tables=(TableShare(table="D-1", people=1), TableShare(table="D-2", people=2)),
        ),
        verdict=DISPLAY["look"].verdict,
    ),
    "comes-again": snapshot(
        party=party(
            vaccinated(seen_again=SeenAgain(minutes=12, confirmed=False), proofs=("eu-dcc",)),
            vaccinated(1, seen_again=SeenAgain(minutes=3, confirmed=True), document_seen=True, lhs="receipt"),
            customer(2, health="amber", proofs=("health-code",), masked_name="WONG, S** L***", lhs="receipt"),
            outcome="refuse",
            reasons=(fault_view("came_in_already", {"customer": 1, "minutes": 12}),),
        ),
        verdict=DISPLAY["look"].verdict,
    ),
    "plan-pending": snapshot(stops=(PLAN_STOP,)),
    "trouble": snapshot(
        alarms=ALARMS,
        stops=(CLOCK_STOP,),
        door_link="lost",
        cameras=(CameraView(name="door", up=False, why="no frames for 5 s"),),
        sync=SyncView(
            configured=True,
            waiting=37,
            acknowledged=16,
            error="connection refused",
            since=AT - timedelta(minutes=21),
        ),
        parties=(inside(12, uncertain=True, inside=0, waiting=2),),
        unplaced=2,
    ),
    "closing": snapshot(
        zones=(
            zone_d(phase="notice", minutes_left=28, taken=13, left=0),
            main_hall(phase="closed", minutes_left=None, inside=2, opens_at=OPENS),
        )
    ),
    "old-lists": snapshot(
        trust=TrustView(
            lists=(
                trust_list("stale"),
                trust_list("fresh", source="new", name=say("Fresh", "新", "新"), days=1),
                trust_list("out", source="vci", days=190, out_from=AT - timedelta(days=10)),
                trust_list("broken", source="own", days=0, out_from=None),
            ),
            revoked=1200,
            unread=1,
        )
    ),
    "unattended": snapshot(
        way="unattended",
        has_lock=False,
        door_link="none",
        sync=SyncView(configured=False, waiting=0, acknowledged=0, error=None, since=None),
    ),
}
