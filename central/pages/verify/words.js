// What the page says: English, Traditional and Simplified Chinese. `{name}` is filled in. The keys of faults are those of `Fault`.

const LANGUAGES = ["en", "zh-Hant", "zh-Hans"];

const WORDS = {
  title: ["Check an export", "核對匯出檔", "核对导出文件"],
  intro: [
    "Shows whether a file that a kiosk gave out is as it was, and whose it is. It works without a network: nothing leaves this device.",
    "核對系統發出的檔案有否被改動，以及出自何處。無須網絡，任何資料都不會離開此裝置。",
    "核对系统发出的文件有没有被改动，以及出自何处。无须网络，任何数据都不会离开此设备。",
  ],
  "choose.title": ["The export (a ZIP file)", "匯出檔（ZIP）", "导出文件（ZIP）"],
  "choose.button": ["Choose a file", "選擇檔案", "选择文件"],
  "choose.hint": ["Or drop it here.", "或把檔案拖放到這裡。", "或把文件拖放到这里。"],
  working: ["Checking", "正在核對", "正在核对"],
  from_file: ["From a file", "從檔案讀取", "从文件读取"],
  print: ["Print this result", "列印結果", "打印结果"],
  footer: ["Page of Venue Kiosk", "Venue Kiosk 核對頁，版本", "Venue Kiosk 核对页，版本"],

  "unable.insecure": [
    "The browser lets a page check signatures only if it came over HTTPS or from a file. Save this page, open the saved file, and check there. Nothing is judged here.",
    "瀏覽器只容許經 HTTPS 或從檔案開啟的網頁核對簽署。請把本頁存檔，再開啟該檔案核對。此處不作任何判斷。",
    "浏览器只允许经 HTTPS 或从文件打开的网页核对签名。请把本页保存，再打开该文件核对。此处不作任何判断。",
  ],
  "unable.old": [
    "This browser cannot check signatures (Ed25519) or read compressed files. Open the page in a current browser. Nothing is judged here.",
    "此瀏覽器未能核對簽署（Ed25519）或讀取壓縮檔。請以新版瀏覽器開啟本頁。此處不作任何判斷。",
    "此浏览器无法核对签名（Ed25519）或读取压缩文件。请用新版浏览器打开本页。此处不作任何判断。",
  ],

  "key.title": ["The authority’s key", "主管當局的公開密鑰", "主管当局的公钥"],
  "key.fingerprint": ["Fingerprint (SHA-256)", "指紋（SHA-256）", "指纹（SHA-256）"],
  "key.compare": [
    "Compare it with the one that the authority gave you. Whoever made a file can also make a page with another key in it.",
    "請與主管當局給你的指紋核對。能偽造檔案的人，也能造出載有另一密鑰的頁面。",
    "请与主管当局给你的指纹核对。能伪造文件的人，也能造出载有另一密钥的页面。",
  ],
  "key.none": [
    "This page has no key in it. Without one it shows whether a file agrees with itself, not where it comes from.",
    "本頁未載有密鑰。沒有密鑰，只能核對檔案內容是否一致，不能證明來源。",
    "本页没有载入密钥。没有密钥，只能核对文件内容是否一致，不能证明来源。",
  ],
  "key.other": ["Use another key", "使用其他密鑰", "使用其他密钥"],
  "key.paste": ["Key (one line, NAME+ID+KEY)", "密鑰（一行：名稱+編號+密鑰）", "密钥（一行：名称+编号+密钥）"],
  "key.use": ["Use this key", "使用此密鑰", "使用此密钥"],
  "key.wrong": [
    "This is not a key of an authority. It is one line of the form NAME+ID+KEY, as in the file authority-public.key.",
    "這不是主管當局的公開密鑰。應為一行「名稱+編號+密鑰」，如 authority-public.key 檔案所載。",
    "这不是主管当局的公钥。应为一行“名称+编号+密钥”，如 authority-public.key 文件所载。",
  ],

  "earlier.title": ["Checkpoints that you took earlier (optional)", "你較早前取得的檢查點（可選）", "你较早前取得的检查点（可选）"],
  "earlier.hint": [
    "The text of the QR code on the inspector’s screen. It shows whether anything before it was changed since then.",
    "即督察畫面上二維碼的文字，可顯示該時之前的紀錄其後有否被改動。",
    "即督察画面上二维码的文字，可显示当时之前的记录其后有没有被改动。",
  ],
  "earlier.open": ["Add checkpoints", "加入檢查點", "加入检查点"],
  "earlier.paste": ["Checkpoints, between two a line of ---", "檢查點（多於一個時以一行 --- 分隔）", "检查点（多于一个时以一行 --- 分隔）"],
  "earlier.use": ["Compare", "比對", "比对"],
  "earlier.ready": ["Checkpoints taken in: {count}", "已加入檢查點：{count} 個", "已加入检查点：{count} 个"],
  "earlier.form": [
    "This is not a checkpoint. Paste the whole text of the QR code, its signature lines included.",
    "這不是檢查點。請貼上二維碼的全部文字，包括簽署行。",
    "这不是检查点。请粘贴二维码的全部文字，包括签名行。",
  ],
  "about.title": ["What this page can and cannot show", "本頁能證明甚麼", "本页能证明什么"],
  "about.page": [
    "Get this page from the authority, never from the venue whose file you check. What counts is the page, not the file: a file cannot vouch for itself.",
    "請向主管當局索取本頁，切勿使用被查處所提供的版本：檔案不能自證真偽。",
    "请向主管当局索取本页，切勿使用被查处所提供的版本：文件不能自证真伪。",
  ],
  "about.limits": [
    "A log shows that nothing in it was changed, left out or added. It cannot show what the door never saw.",
    "紀錄能證明內容未經改動、刪減或加插，但不能顯示門口系統從未見到的事。",
    "记录能证明内容未经改动、删减或加插，但不能显示门口系统从未见到的事。",
  ],

  "verdict.genuine": ["Genuine", "真確", "真确"],
  "verdict.unproved": ["Consistent, origin unproved", "前後一致，但來源未能證實", "前后一致，但来源未能证实"],
  "verdict.in_part": ["Consistent, but not all of it is proved", "前後一致，但並非全部得到證實", "前后一致，但并非全部得到证实"],
  "verdict.bad": ["Not to be trusted", "不可信", "不可信"],
  "verdict.unusable": ["Not judged", "未作判斷", "未作判断"],
  "told.genuine": [
    "Nothing in this file was changed, and the authority vouches for the kiosk’s key.",
    "檔案未經改動，該機的密鑰有主管當局認證。",
    "文件未经改动，该机的密钥有主管当局认证。",
  ],
  "told.unproved": [
    "The file agrees with itself. Who made it is not shown: anybody could have.",
    "檔案內容前後一致，但未能證明由誰製作：任何人都可以造出這樣的檔案。",
    "文件内容前后一致，但未能证明由谁制作：任何人都可以造出这样的文件。",
  ],
  "told.in_part": [
    "The entries are this kiosk’s own, but not everything about the file is shown.",
    "紀錄項確屬該機，但並非檔案的全部都獲證明。",
    "记录项确属该机，但并非文件的全部都获证明。",
  ],
  "told.bad": [
    "This file is not as a kiosk gave it out. Do not rely on anything in it.",
    "此檔案並非系統原本發出的樣子，內容一概不可採信。",
    "此文件并非系统原本发出的样子，内容一概不可采信。",
  ],

  "part.faults": ["What is wrong", "不符之處", "不符之处"],
  "part.reasons": ["Why it does not count as genuine", "未能判定為真確的原因", "未能判定为真确的原因"],
  "part.claimed": ["What is shown", "已證明", "已证明"],
  "part.agrees": ["What agrees", "相符之處", "相符之处"],
  "part.unclaimed": ["What is not shown", "未能證明", "未能证明"],
  "part.file": ["The file", "檔案資料", "文件信息"],
  "part.days": ["What the entries add up to", "紀錄統計", "记录统计"],

  "reason.no_authority": [
    "No key of an authority was given.",
    "未有提供主管當局的公開密鑰。",
    "没有提供主管当局的公钥。",
  ],
  "reason.no_certificate": [
    "The kiosk has no certificate of an authority.",
    "該機沒有主管當局的證書。",
    "该机没有主管当局的证书。",
  ],
  "reason.no_download": [
    "The log has no entry for this export, as when a box is out of service: only log/entries.jsonl is proved, the tables and all other files are not.",
    "紀錄中沒有此次匯出的紀錄項（例如該機已停用）：只有 log/entries.jsonl 獲證明，各表及其他檔案則否。",
    "记录中没有此次导出的记录项（例如该机已停用）：只有 log/entries.jsonl 获证明，各表及其他文件则否。",
  ],

  "reason.earlier": [
    "A checkpoint of yours is of a time that this export cannot tell of.",
    "你有檢查點所屬的時間，此匯出檔未能涵蓋。",
    "你有检查点所属的时间，此导出文件未能涵盖。",
  ],

  "claim.kiosk": [
    "It is of kiosk {kiosk} at venue {venue}; the authority vouches for its key from {from} until {until}.",
    "屬於處所 {venue} 的機號 {kiosk}；主管當局認證其密鑰，由 {from} 至 {until}。",
    "属于处所 {venue} 的机号 {kiosk}；主管当局认证其密钥，由 {from} 至 {until}。",
  ],
  "claim.kiosk_unproved": [
    "It says that it is of kiosk {kiosk}.",
    "檔案自稱屬於機號 {kiosk}。",
    "文件自称属于机号 {kiosk}。",
  ],
  "claim.entries": [
    "Entries {start} to {end} ({count}) stand in the signed log as they stand here, none left out and none added.",
    "第 {start} 至 {end} 項紀錄（共 {count} 項）與已簽署的紀錄完全相同，無一刪減或加插。",
    "第 {start} 至 {end} 项记录（共 {count} 项）与已签署的记录完全相同，没有删减或加插。",
  ],
  "claim.no_entries": [
    "The log has no entry of these days.",
    "這些日子並無紀錄。",
    "这些日子没有记录。",
  ],
  "claim.whole": [
    "The days from {first} to {last} are whole.",
    "{first} 至 {last} 的紀錄完整。",
    "{first} 至 {last} 的记录完整。",
  ],
  "claim.files": [
    "Tables, report and all other files are those that were taken away: entry {index} names them.",
    "各表、報告及其他檔案均為當時取走的原檔：第 {index} 項紀錄有載。",
    "各表、报告及其他文件均为当时取走的原文件：第 {index} 项记录有载。",
  ],
  "claim.cosigned": [
    "At {at} (Hong Kong time) central held the log up to entry {last} and co-signed it.",
    "中央伺服器於香港時間 {at} 存有截至第 {last} 項的紀錄，並已聯署。",
    "中央服务器于香港时间 {at} 存有截至第 {last} 项的记录，并已联署。",
  ],
  "claim.earlier": [
    "The log begins with what your checkpoint at {size} entries had signed.",
    "紀錄的開首與你的檢查點（{size} 項）所簽署的相同。",
    "记录的开头与你的检查点（{size} 项）所签署的相同。",
  ],
  "open.cosigned_none": [
    "That central co-signed any of it: of all entries only the kiosk’s own key speaks.",
    "中央伺服器曾聯署此紀錄：所有紀錄項只有該機本身的密鑰為證。",
    "中央服务器曾联署此记录：所有记录项只有该机本身的密钥为证。",
  ],
  "open.cosigned_rest": [
    "Of entries {from} to {to} only the kiosk’s own key speaks; central had not co-signed them yet.",
    "第 {from} 至 {to} 項只有該機本身的密鑰為證，當時中央伺服器尚未聯署。",
    "第 {from} 至 {to} 项只有该机本身的密钥为证，当时中央服务器尚未联署。",
  ],
  "open.running": [
    "{last} was not over when the export was made: of that day it shows what there was up to then.",
    "匯出時 {last} 尚未結束：該日只有截至當時的紀錄。",
    "导出时 {last} 尚未结束：该日只有截至当时的记录。",
  ],
  "open.signed_so_far": [
    "What may have come after entry {end} was not signed.",
    "第 {end} 項之後如有紀錄，均未經簽署。",
    "第 {end} 项之后如有记录，均未经签署。",
  ],
  "open.other_key": [
    "{count} of the checkpoints within were signed with another key of the kiosk: its key was changed.",
    "期間有 {count} 個檢查點以該機的另一密鑰簽署：該機曾更換密鑰。",
    "期间有 {count} 个检查点以该机的另一密钥签署：该机曾更换密钥。",
  ],
  "open.unseen": [
    "Between the last entry here and the entry of the download stand {count} more, which are not in the file.",
    "此處最後一項與下載紀錄之間另有 {count} 項，不在檔案內。",
    "此处最后一项与下载记录之间另有 {count} 项，不在文件内。",
  ],
  "open.earlier": [
    "Your checkpoint at {size} entries cannot be compared by this export; take one of days around it.",
    "此匯出檔未能與你的檢查點（{size} 項）比對；請匯出該時段的日子。",
    "此导出文件无法与你的检查点（{size} 项）比对；请导出该时段的日子。",
  ],

  "file.name": ["File", "檔案", "文件"],
  "file.size": ["Size", "大小", "大小"],
  "file.bytes": ["{size} bytes", "{size} 位元組", "{size} 字节"],
  "file.digest": ["SHA-256", "SHA-256", "SHA-256"],
  "file.days": ["Days", "日期", "日期"],
  "file.span": ["{first} to {last}", "{first} 至 {last}", "{first} 至 {last}"],
  "file.made": ["Made", "製作時間", "制作时间"],
  "file.by": ["Taken away by", "取走者", "取走者"],
  "file.by_session": ["an inspector, session {session}", "督察（查閱編號 {session}）", "督察（查阅编号 {session}）"],
  "file.by_name": ["{name}, of the venue", "處所人員 {name}", "处所人员 {name}"],
  "file.by_box": ["somebody at the box itself", "在該機操作的人員", "在该机操作的人员"],
  "file.authority": ["Authority’s key", "主管當局密鑰", "主管当局密钥"],

  "days.caption": [
    "Counted by this page from the entries, as they were written; people of admissions that were taken back are among them.",
    "由本頁按紀錄項直接點算，包括其後取消的入場。",
    "由本页按记录项直接点算，包括其后取消的入场。",
  ],
  "days.day": ["Day", "日期", "日期"],
  "days.parties": ["Admissions", "入場", "入场"],
  "days.people": ["People", "人數", "人数"],
  "days.undone": ["Taken back", "取消", "取消"],
  "days.refused": ["Refused", "拒絕", "拒绝"],
  "days.overridden": ["Overridden", "強制放行", "强制放行"],
  "days.alarms": ["Alarms", "警報", "警报"],
  "days.all": ["All", "合計", "合计"],
  "days.more": ["{count} more days are not listed; they are in the sum.", "另有 {count} 日未列出，已計入合計。", "另有 {count} 日未列出，已计入合计。"],

  "place.entry": ["entry {number}", "第 {number} 項", "第 {number} 项"],
  "place.line": ["line {number}", "第 {number} 行", "第 {number} 行"],
  "place.checkpoint": ["checkpoint at {number}", "檢查點 {number}", "检查点 {number}"],
  "place.archive": ["The file", "檔案", "文件"],
  more: ["{count} more faults are not listed.", "另有 {count} 處不符未有列出。", "另有 {count} 处不符没有列出。"],

  "unusable.no_zip": [
    "This is not a ZIP file, so it is no export of a kiosk.",
    "這不是 ZIP 檔，因此並非系統的匯出檔。",
    "这不是 ZIP 文件，因此并非系统的导出文件。",
  ],
  "unusable.unreadable": [
    "The file cannot be read, or it changed while it was read. Choose it again.",
    "未能讀取檔案，或檔案在讀取期間有變。請重新選擇。",
    "无法读取文件，或文件在读取期间有变。请重新选择。",
  ],
  "unusable.too_large": [
    "The file is larger than this page takes ({most} MiB). Use `kiosk log verify`.",
    "檔案超出本頁上限（{most} MiB）。請改用 kiosk log verify。",
    "文件超出本页上限（{most} MiB）。请改用 kiosk log verify。",
  ],

  "unusable.too_many": [
    "The file has more entries than this page takes ({most}). Use `kiosk log verify`.",
    "紀錄項超出本頁上限（{most} 項）。請改用 kiosk log verify。",
    "记录项超出本页上限（{most} 项）。请改用 kiosk log verify。",
  ],

  "zip.end": [
    "does not end as an export does: something was cut off or added.",
    "結尾與匯出檔不符：有內容被截去或加入。",
    "结尾与导出文件不符：有内容被截去或加入。",
  ],
  "zip.directory": ["has a list of contents that is not in order.", "目錄不正確。", "目录不正确。"],
  "zip.folder": ["does not keep its files in one folder of an export.", "內容並非放在匯出檔的資料夾內。", "内容并非放在导出文件的文件夹内。"],
  "zip.gap": [
    "has bytes that belong to no file in it, or files that overlap.",
    "有不屬任何檔案的內容，或檔案互相重疊。",
    "有不属任何文件的内容，或文件互相重叠。",
  ],
  "zip.place": [
    "does not begin where the file before it ends: there is something between, or the two overlap.",
    "並非緊接前一檔案：中間有其他內容，或兩者重疊。",
    "并非紧接前一文件：中间有其他内容，或两者重叠。",
  ],
  "zip.form": [
    "is listed in the ZIP in another form than exports have.",
    "在 ZIP 目錄的記載與匯出檔的格式不符。",
    "在 ZIP 目录的记载与导出文件的格式不符。",
  ],
  "zip.header": [
    "has a header that differs from the list of contents, or is damaged.",
    "的檔頭與目錄不符，或已損壞。",
    "的文件头与目录不符，或已损坏。",
  ],
  "zip.twice": ["has a file in it twice.", "有檔案重複。", "有文件重复。"],
  "zip.stranger": ["does not belong in an export.", "不應在匯出檔內。", "不应在导出文件内。"],
  "zip.order": ["does not stand at its place.", "位置不正確。", "位置不正确。"],
  "zip.missing": ["is missing.", "欠缺此檔案。", "缺少此文件。"],
  "zip.deflate": ["cannot be unpacked: it was changed or cut off.", "未能解壓：內容被改動或截斷。", "无法解压：内容被改动或截断。"],
  "zip.size": ["does not have the {size} bytes that the ZIP says.", "大小並非 ZIP 所載的 {size} 位元組。", "大小并非 ZIP 所载的 {size} 字节。"],
  "zip.crc": ["does not have the checksum that the ZIP says.", "校驗碼與 ZIP 所載不符。", "校验码与 ZIP 所载不符。"],
  seal: [
    "was changed after it was made: its seal does not hold.",
    "製成後曾被改動：封條不符。",
    "制成后曾被改动：封条不符。",
  ],
  "file.large": ["is larger than any such file is ({most} bytes).", "超出此類檔案的上限（{most} 位元組）。", "超出此类文件的上限（{most} 字节）。"],

  "manifest.form": ["is not a list of files in canonical form.", "並非標準格式的檔案清單。", "并非标准格式的文件清单。"],
  "manifest.folder": ["names another kiosk or other days than the folder.", "所載的機號或日期與資料夾不符。", "所载的机号或日期与文件夹不符。"],
  "manifest.absent": ["is in the list of files, but is not there.", "在檔案清單內，但並不存在。", "在文件清单内，但并不存在。"],
  "manifest.unlisted": ["is not in the list of files.", "不在檔案清單內。", "不在文件清单内。"],
  "manifest.order": ["lists the files in another order than they stand.", "所列次序與檔案次序不符。", "所列次序与文件次序不符。"],
  "manifest.digest": [
    "was changed: it is not the file that the list of files names (SHA-256, size).",
    "已被改動：與檔案清單所載的 SHA-256 或大小不符。",
    "已被改动：与文件清单所载的 SHA-256 或大小不符。",
  ],

  "key.form": ["is not the public key of this kiosk’s log.", "並非此機紀錄的公開密鑰。", "并非此机记录的公钥。"],
  "certificate.form": ["is not a certificate of a kiosk’s key.", "並非密鑰證書。", "并非密钥证书。"],
  "certificate.other_key": [
    "vouches for another kiosk or another key than the one that signed this log.",
    "認證的是另一部機或另一密鑰，並非簽署此紀錄者。",
    "认证的是另一部机或另一密钥，并非签署此记录者。",
  ],
  "certificate.other_authority": [
    "was not signed by the authority whose key is given.",
    "並非由所示密鑰的主管當局簽署。",
    "并非由所示密钥的主管当局签署。",
  ],
  "note.form": ["is not a signed note.", "並非已簽署的文件。", "并非已签署的文件。"],
  "note.line": ["has a signature line that cannot be read.", "有未能讀取的簽署行。", "有无法读取的签名行。"],
  "note.signature": ["has a signature of {key} that does not hold.", "{key} 的簽署不成立。", "{key} 的签名不成立。"],
  "checkpoint.form": ["is not a checkpoint.", "並非檢查點。", "并非检查点。"],
  "checkpoint.origin": ["is a checkpoint of another log: {origin}.", "是另一紀錄的檢查點：{origin}。", "是另一记录的检查点：{origin}。"],
  "checkpoint.unsigned": ["was not signed by {key}, the key of this log.", "並非由此紀錄的密鑰 {key} 簽署。", "并非由此记录的密钥 {key} 签署。"],
  "proof.form": ["is not a proof in the form that exports have.", "並非匯出檔格式的證明。", "并非导出文件格式的证明。"],
  "proof.length": [
    "does not have as many hashes as its place in the tree asks for.",
    "雜湊值的數目與其在樹中的位置不符。",
    "哈希值的数目与其在树中的位置不符。",
  ],
  "proof.note": ["has another checkpoint in it than this export.", "內含的檢查點與此匯出檔不同。", "内含的检查点与此导出文件不同。"],

  "leaf.form": ["is not an entry in canonical form.", "並非標準格式的紀錄項。", "并非标准格式的记录项。"],
  "leaf.version": ["is an entry of a later version. Use a newer page.", "是較新版本的紀錄項，請使用新版核對頁。", "是较新版本的记录项，请使用新版核对页。"],
  "leaf.kiosk": ["is an entry of another kiosk.", "是另一部機的紀錄項。", "是另一部机的记录项。"],
  "leaf.time": ["does not say its time as entries do.", "未有按格式載明時間。", "没有按格式载明时间。"],
  "leaf.unproved": [
    "is not the entry that stands at its place in the signed log.",
    "並非已簽署紀錄中該位置的紀錄項。",
    "并非已签署记录中该位置的记录项。",
  ],
  "entries.gap": [
    "entry {index} stands where entry {expected} belongs.",
    "此處應為第 {expected} 項，卻是第 {index} 項。",
    "此处应为第 {expected} 项，却是第 {index} 项。",
  ],
  "entries.time": ["is earlier than the entry before it.", "時間早於前一項。", "时间早于前一项。"],
  "entries.day": ["is of a day that the export is not about.", "不屬匯出檔所涵蓋的日子。", "不属导出文件所涵盖的日子。"],
  "entries.cut": ["breaks off within an entry.", "在紀錄項中途中斷。", "在记录项中途中断。"],
  "entries.count": ["has {count} entries where there must be {expected}.", "有 {count} 項紀錄，應為 {expected} 項。", "有 {count} 项记录，应为 {expected} 项。"],
  "entries.beyond": [
    "is said to go up to entry {end}, but only {size} entries were signed.",
    "聲稱截至第 {end} 項，但只簽署了 {size} 項。",
    "声称截至第 {end} 项，但只签署了 {size} 项。",
  ],
  "entries.root": [
    "entries {start} to {end} are not those that the kiosk signed at {size} entries: at least one was changed, replaced, left out or added.",
    "第 {start} 至 {end} 項並非該機於 {size} 項時簽署的紀錄：至少有一項被改動、替換、刪減或加插。",
    "第 {start} 至 {end} 项并非该机于 {size} 项时签署的记录：至少有一项被改动、替换、删减或加插。",
  ],
  "checkpoint.lines": [
    "must have the kiosk’s signature and no other.",
    "應只有該機的簽署。",
    "应只有该机的签名。",
  ],
  "checkpoints.order": ["does not stand in order.", "次序不正確。", "次序不正确。"],
  "checkpoints.outside": ["does not belong to these entries.", "不屬於這些紀錄項。", "不属于这些记录项。"],
  "checkpoints.differs": [
    "signed something else: among entries {from} to {to} at least one is not what the kiosk signed then.",
    "所簽署的內容不同：第 {from} 至 {to} 項中至少有一項並非該機當時所簽署。",
    "所签署的内容不同：第 {from} 至 {to} 项中至少有一项并非该机当时所签署。",
  ],
  "cosigned.differs": [
    "is not of the same history as the checkpoint of this export ({size} entries): the log was changed after central co-signed it.",
    "與此匯出檔的檢查點（{size} 項）並非同一歷史：紀錄在中央伺服器聯署後曾被改動。",
    "与此导出文件的检查点（{size} 项）并非同一历史：记录在中央服务器联署后曾被改动。",
  ],
  "cosigned.longer": [
    "is of a longer log than this export, which was signed at {size} entries: the log was set back.",
    "比此匯出檔（{size} 項）更長：紀錄曾被還原。",
    "比此导出文件（{size} 项）更长：记录曾被还原。",
  ],
  "cosigned.unsigned": [
    "was not co-signed by {key}, the witness that the certificate names.",
    "並非由證書所載的聯署者 {key} 聯署。",
    "并非由证书所载的联署者 {key} 联署。",
  ],
  "cosigned.expired": [
    "was co-signed on {day}; the certificate holds from {from} until {until}.",
    "於 {day} 聯署，但證書有效期為 {from} 至 {until}。",
    "于 {day} 联署，但证书有效期为 {from} 至 {until}。",
  ],
  "download.report": [
    "is there although the log has no entry for this export: nothing vouches for it.",
    "不應存在：紀錄中沒有此次匯出的紀錄項，無法證明此報告。",
    "不应存在：记录中没有此次导出的记录项，无法证明此报告。",
  ],
  "download.other": ["is not the entry of this export.", "並非此次匯出的紀錄項。", "并非此次导出的记录项。"],
  "download.manifest": [
    "is not the list of files that the log names: files were changed after the export was made.",
    "並非紀錄所載的檔案清單：匯出後有檔案被改動。",
    "并非记录所载的文件清单：导出后有文件被改动。",
  ],
  "neighbour.before": [
    "must be there where entries stand before these days, and only there.",
    "這些日子之前有紀錄項時必須有此檔案，沒有則不應有。",
    "这些日子之前有记录项时必须有此文件，没有则不应有。",
  ],
  "neighbour.not_before": [
    "is not the entry right before, of an earlier day: the beginning may have been left out.",
    "並非緊接之前、屬較早日子的紀錄項：開首可能被刪減。",
    "并非紧接之前、属较早日子的记录项：开头可能被删减。",
  ],
  "neighbour.not_after": [
    "is not the entry right behind, of a later day: the end may have been left out.",
    "並非緊接其後、屬較後日子的紀錄項：結尾可能被刪減。",
    "并非紧接其后、属较后日子的记录项：结尾可能被删减。",
  ],
  "neighbour.after": [
    "is missing: nothing shows that no entries were left out at the end.",
    "欠缺此檔案：未能證明結尾沒有刪減紀錄項。",
    "缺少此文件：无法证明结尾没有删减记录项。",
  ],
  "earlier.other_kiosk": [
    "your earlier checkpoint is of another log ({origin}) than this export of kiosk {kiosk}.",
    "你較早前的檢查點屬於另一紀錄（{origin}），而此匯出檔屬於機號 {kiosk}。",
    "你较早前的检查点属于另一记录（{origin}），而此导出文件属于机号 {kiosk}。",
  ],
  "earlier.other_key": [
    "your earlier checkpoint was signed with another key than this log.",
    "你較早前取得的檢查點以另一密鑰簽署。",
    "你较早前取得的检查点以另一密钥签署。",
  ],
  "earlier.longer": [
    "your earlier checkpoint is of a longer log than this one, which has {size} entries: the log was set back.",
    "你較早前的檢查點比此紀錄（{size} 項）更長：紀錄曾被還原。",
    "你较早前的检查点比此记录（{size} 项）更长：记录曾被还原。",
  ],
  "earlier.differs": [
    "your earlier checkpoint signed another history: entries before it were changed since.",
    "你較早前的檢查點所簽署的是另一歷史：該點之前的紀錄其後曾被改動。",
    "你较早前的检查点所签署的是另一历史：该点之前的记录其后曾被改动。",
  ],
};

// Control signs and those that turn the direction of writing.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** What may come from a stranger's file, fit to be shown. */
const printable = (value) => String(value).replace(UNPRINTABLE, "\ufffd").slice(0, 120);

/** The text of `key`, filled in. */
function say(key, language, values = {}) {
  const words = WORDS[key]?.[LANGUAGES.indexOf(language)];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return words.replace(/\{([a-z]+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? printable(values[name]) : whole));
}

/** A fault on one line: file, place, what is wrong. */
function sayFault({ what, file, place, values }, language) {
  if (what === "more") return say(what, language, values);
  const where = [file ? printable(file) : say("place.archive", language)];
  if (place) where.push(say(`place.${place[0]}`, language, { number: place[1] }));
  return `${where.join(", ")}${language === "en" ? ": " : "："}${say(what, language, values)}`;
}
