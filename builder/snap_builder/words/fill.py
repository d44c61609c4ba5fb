"""The refresh of the committed name lists, and the only module that knows Faker.

`python -m snap_builder.words.fill` rewrites `names.csv` in the vocabulary folder of WorldChef. The lists are committed
and the build reads nothing else, because Faker adds, drops and reorders names from release to release: a
build that asked Faker would give other bytes after an upgrade. Run this to change the names on purpose, and
review the diff.

`names.csv` has the columns `locale,kind,value,ascii`. A value keeps its native script; `ascii` is what an
e-mail address may use of it. The spelling comes from the names that Unicode gives to characters (`THAI
CHARACTER KO KAI`), which its stability policy never changes, so only Chinese needs a table. It is readable,
not scholarly.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snap.errors import UsageError

WORLDCHEF = Path(__file__).parent / "datasets" / "worldchef" / "vocab"

# Locales whose names Faker has for women, men and families; places.csv holds the same ones. Faker answers a
# locale without names, such as ar_EG, with American ones and no warning; only for en_CA is that right.
LOCALES = (
    *("en_US", "en_CA", "fr_CA"),
    *("es_MX", "pt_BR", "es_CO", "es_AR", "es_CL"),
    *("en_GB", "de_DE", "fr_FR", "it_IT", "pl_PL"),
    *("en_IN", "hi_IN", "bn_BD", "ne_NP"),
    *("ja_JP", "ko_KR", "zh_CN", "th_TH"),
    *("ar_AA", "he_IL", "tr_TR", "en_KE", "yo_NG"),
)
KINDS = {
    "first_f": ("first_name_female", 60),
    "first_m": ("first_name_male", 60),
    "last": ("last_name", 120),
}
DRAWS = 4_000  # per kind; popular names come up more often, and Faker's small lists are exhausted well before

# Without its marks a name is one or two words of letters: no titles, initials or ordinals (Faker has some).
_PLAIN = re.compile(r"(?!.* I+$)[^\W\d_]+(?:[ '’-][^\W\d_]+)?")
# Faker's Arabic surnames mix in tribes; those with an article or the ending -i are borne by families.
_SURNAMES = {"ar_AA": re.compile(r"ال\w+|\w+ي")}

_LATIN = str.maketrans("łđðøı", "lddoi") | str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})
_CHINESE = """
ai艾 an安 bai白 bi毕 bin彬斌 bing兵 bo博波 cai蔡 cao曹 cen岑 chang常畅 chao超 chen陈晨 cheng程成 chu储 chun春
cui崔 dai戴 dan丹 deng邓 ding丁 dong董东冬 dou窦 du杜 duan段 fan范樊帆 fang方房芳 fei费飞 feng冯封丰峰凤
fu傅付符 gan甘 gang刚 gao高 ge葛 gong龚宫 gu顾谷 guan关管 gui桂 guo郭国 hai海 han韩 hao郝浩 he何贺 hong洪红
hou侯 hu胡 hua华花 huan欢 huang黄 hui惠慧辉 ji季纪 jia贾佳 jian简建健 jiang江姜蒋 jiao焦 jie杰洁 jin金靳鑫
jing荆景井晶静 ju鞠 juan娟 jun军俊 kai凯 kang康 ke柯 kong孔 kun坤 lai赖 lan兰蓝 lei雷磊 li李黎厉利丽莉
lian连廉 liang梁亮 liao廖 lin林蔺琳 ling凌玲 liu刘柳 long龙 lou娄 lu卢陆鲁路璐 luo罗骆 lyu吕 ma马 mao毛 mei梅
meng孟 miao苗 min闵敏 ming明 mo莫 na娜 nan楠 ni倪 nie聂 ning宁 niu牛 ou欧 pan潘 pang庞 pei裴 peng彭鹏 ping平萍
pu蒲 qi齐祁戚 qian钱倩 qiang强 qiao乔 qin秦覃琴 qiu邱 qu曲 ran冉 ren任 rong荣 ruan阮 rui芮瑞 sang桑 sha沙
shan单 shang尚商 shao邵 shen沈申 sheng盛 shi石史施时 shu舒淑 shuai帅 song宋 su苏 sun孙 tan谭 tang唐汤 tao陶涛
tian田 ting婷 tu涂 wan万 wang王汪 wei魏韦卫伟 wen文温 weng翁 wu吴武伍邬 xi席 xia夏霞 xian冼 xiang向项香想
xiao萧肖小 xie谢解 xin辛欣 xing邢 xiong熊 xiu秀 xu徐许旭 xuan宣 xue薛雪 yan严阎颜燕岩艳 yang杨阳洋 yao姚 ye叶
yi易 yin尹殷 ying应英莹颖 yong勇 you尤游 yu于余俞喻 yu宇玉瑜 yuan袁 yue岳 yun云 zang臧 zeng曾 zha查 zhai翟
zhan詹 zhang张章 zhao赵 zhen甄珍 zheng郑 zhi志芝 zhong钟 zhou周 zhu朱祝 zhuang庄 zhuo卓 zong宗 zou邹 zuo左
"""
_PINYIN = {han: sound for sound, signs in re.findall(r"([a-z]+)([^a-z\s]+)", _CHINESE) for han in signs}
_INDIC = {"ca": "cha", "cha": "chha", "ssa": "sha", "vocalic r": "ri"}
_INDIC |= {"anusvara": "n", "candrabindu": "n", "visarga": "h"}
_ABJAD = {"alef": "a", "ain": "a", "ayin": "a", "teh marbuta": "a", "alef maksura": "a", "hamza": ""}
_THAI = {"mai han-akat": "a", "ru": "ri"}
_THAI |= dict.fromkeys(("o ang", "maitaikhu", "mai ek", "mai tho", "mai tri"), "")
_VOWELS = {"a", "e", "i", "o", "u", "ae", "ai", "am", "aa", "ii", "uu", "ue", "uee"}
_GLIDES = {"w": "u", "v": "o", "y": "i"}
_STOPS = {"g": "k", "d": "t", "b": "p"}


def refresh(directory: Path) -> tuple[Path, ...]:
    """Write `names.csv` into a directory from Faker, and return the files written.

    One Faker release gives the same bytes every time: each locale has a fixed seed, and rows are sorted. A
    kind has fewer rows than asked where Faker knows fewer names. Raises UsageError if Faker is not installed.
    """
    try:
        from faker import Faker
    except ImportError:
        raise UsageError("Faker is not installed", "pip install 'snap[vocab]', then run this again") from None
    rows: list[tuple[str, str, str, str]] = []
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(zlib.crc32(locale.encode()))
        for kind, (method, count) in KINDS.items():
            names: dict[str, str] = {}
            for value, ascii_form in _draws(fake, method):
                if kind != "last" or locale not in _SURNAMES or _SURNAMES[locale].fullmatch(value):
                    names.setdefault(value, ascii_form)
                if len(names) == count:
                    break
            rows.extend((locale, kind, value, ascii_form) for value, ascii_form in names.items())
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("locale", "kind", "value", "ascii"))
        writer.writerows(sorted(rows))
    return (path,)


def _draws(fake: Any, method: str) -> Iterator[tuple[str, str]]:
    """Draw names with their ascii forms, passing over those of unusual form or without a spelling."""
    pair = getattr(fake, f"{method}_pair", None)  # Japanese only: (kanji, kana, romanised)
    for _ in range(DRAWS):
        drawn, _kana, spoken = pair() if pair else (getattr(fake, method)(), "", "")
        value = unicodedata.normalize("NFC", drawn)
        ascii_form = romanise(spoken or value)
        if ascii_form and _PLAIN.fullmatch(_without_marks(value)):
            yield value, ascii_form


def romanise(name: str) -> str:
    """Spell a name in [a-z0-9], or give an empty string when a character of it is unknown."""
    spelled = [_word(word) for word in re.split(r"[ '’-]+", name.lower())]
    return "".join(spelled) if all(re.fullmatch(r"[a-z0-9]+", word) for word in spelled) else ""


def _word(word: str) -> str:
    """Spell one word by the rules of its script, taken from its first letter."""
    script = unicodedata.name(word[:1] or " ").partition(" ")[0]
    if script in {"DEVANAGARI", "BENGALI"}:
        return re.sub(r"(.)\1+", r"\1", _indic(word))
    if script in {"ARABIC", "HEBREW", "THAI"}:
        return re.sub(r"(.)\1+", r"\1", _voiced(_sounds(word, script)))
    if script == "HANGUL":
        return "".join(_korean(_label(c, "SYLLABLE")) for c in word)
    if script == "CJK":
        return "".join(_PINYIN.get(c, "?") for c in word)
    return _without_marks(word.translate(_LATIN))


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] != "M")


def _label(char: str, after: str) -> str:
    """Return the end of a character's Unicode name: `ka` of `DEVANAGARI LETTER KA`, `?` of any other."""
    return (unicodedata.name(char, "").partition(f" {after} ")[2] or "?").lower()


def _korean(label: str) -> str:
    """Turn Unicode's spelling of a syllable into the official one: `cang`, `sug` to `chang`, `suk`."""
    onset = label.replace("c", "ch").replace("weo", "wo").replace("yi", "ui")
    return re.sub(r"(?<!n)[gdb]$", lambda stop: _STOPS[stop[0]], onset)


def _indic(word: str) -> str:
    """Spell an abugida: a consonant brings an `a`, which a vowel sign, a virama or the end takes back."""
    spelled: list[str] = []
    for char in word:
        label = re.sub("^(?:candra|khanda) ", "", _label(char, "LETTER" if char.isalpha() else "SIGN"))
        if spelled and (label == "virama" or "VOWEL SIGN" in unicodedata.name(char)):
            spelled[-1] = spelled[-1].removesuffix("a")
        if label not in {"virama", "nukta"}:
            spelled.append(_INDIC.get(label, label))
    bare = "".join(spelled)
    return bare.removesuffix("a") if word[-1].isalpha() and len(spelled) > 1 else bare


def _sounds(word: str, script: str) -> list[str]:
    """Return the sound that begins each letter's name, `kh` of `KHAH`; for a Thai vowel, `aa` of `SARA AA`."""
    if script != "THAI":
        labels = [re.sub("^(?:final|farsi) ", "", _label(c, "LETTER")) for c in _without_marks(word)]
        return [_initial(_ABJAD, label) for label in labels]
    spoken = re.sub(r".[ิุ]?์", "", word)  # the letter under the silencing sign goes
    spoken = re.sub(r"([เแโใไ])(.)", r"\2\1", spoken)  # a vowel written before its consonant follows it
    labels = [_label(c, "CHARACTER") for c in spoken]
    return [x.split()[1] if x.startswith("sara ") else _initial(_THAI, x) for x in labels]


def _initial(known: dict[str, str], label: str) -> str:
    return known.get(label, re.sub(r"[aeiou].*", "", label))


def _voiced(sounds: list[str]) -> str:
    """Join sounds: lone w, v and y become vowels; an `a` parts consonants that begin or end a word."""
    sounds = [sound for sound in sounds if sound]
    spelled = [""]
    for sound, following in zip(sounds, [*sounds[1:], ""], strict=True):
        closed = spelled[-1] != "" and spelled[-1] not in _VOWELS
        if sound == "v" and spelled == ["", "a"] and following not in _VOWELS:
            spelled = ["", "o"]  # Hebrew alef that carries an o
        elif sound in _GLIDES and closed and following not in _VOWELS:
            spelled.append(_GLIDES[sound])
        elif sound in _VOWELS or not closed or (spelled[-2] in _VOWELS and following):
            spelled.append(sound)
        else:
            spelled.extend(("a", sound))
    return "".join(spelled)


def main() -> None:
    for path in refresh(WORLDCHEF):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
