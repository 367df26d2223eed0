"""What each kind of product looks like: a few flat shapes on a canvas of 100 x 100, in the colours of the product."""
# ruff: noqa: E501  # a table of drawings, one drawing a line

A, B = "{a}", "{b}"  # its two colours
D, L = "{d}", "{l}"  # the first one darker, lighter
E = "{e}"  # the second one darker
W, K = "#fdfdfb", "#2c3038"  # paper white, ink


def rect(x: float, y: float, w: float, h: float, fill: str, r: float = 2) -> str:
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="{r}" fill="{fill}"/>'


def dot(x: float, y: float, r: float, fill: str) -> str:
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>'


def oval(x: float, y: float, rx: float, ry: float, fill: str) -> str:
    return f'<ellipse cx="{x}" cy="{y}" rx="{rx}" ry="{ry}" fill="{fill}"/>'


def area(d: str, fill: str) -> str:
    return f'<path d="{d}" fill="{fill}"/>'


def line(d: str, stroke: str, width: float = 2) -> str:
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-linecap="round" stroke-linejoin="round"/>'


def turned(angle: float, shape: str) -> str:
    return f'<g transform="rotate({angle} 50 50)">{shape}</g>'


def mirrored(shape: str) -> str:
    """The shape and its mirror image, left and right."""
    return f'{shape}<g transform="matrix(-1 0 0 1 100 0)">{shape}</g>'


def row(shape: str, count: int, dx: float, dy: float = 0) -> str:
    return "".join(f'<g transform="translate({i * dx} {i * dy})">{shape}</g>' for i in range(count))


_SLEEVED = "M38 22 L18 34 L10 72 L22 76 L28 50 L28 82 L72 82 L72 50 L78 76 L90 72 L82 34 L62 22 Q50 30 38 22Z"
_SHORT = "M38 22 L18 32 L10 52 L24 58 L29 50 L29 82 L71 82 L71 50 L76 58 L90 52 L82 32 L62 22 Q50 30 38 22Z"
_COLLAR = area("M38 22 L50 36 L42 40 L34 25Z", B) + area("M62 22 L50 36 L58 40 L66 25Z", B)
_BUTTONS = row(dot(50, 46, 1.3, E), 4, 0, 9)
_SHOE = "M14 62 L14 44 Q26 50 36 42 Q48 58 72 60 Q88 62 88 72 L14 72Z"
_PACK = rect(28, 24, 44, 58, A, 14) + rect(34, 52, 32, 24, D, 6) + rect(34, 34, 32, 12, L, 5)
_HANDLE = line("M42 24 q0 -10 8 -10 q8 0 8 10", E, 3)
_CASE = rect(28, 26, 44, 54, A, 6) + row(line("M37 32 V74", D, 2), 4, 8.6) + dot(34, 83, 3.5, K) + dot(66, 83, 3.5, K)
_MULTI = rect(30, 46, 40, 14, A, 7) + dot(36, 53, 2, D) + dot(64, 53, 2, D)

# fmt: off
SHAPES: dict[str, str] = {
    # clothing
    "shirt": area(_SLEEVED, A) + line("M50 36 V82", D) + _COLLAR + _BUTTONS + rect(57, 44, 9, 10, D, 1),
    "tee": area(_SHORT, A) + line("M38 22 Q50 34 62 22", B, 3) + line("M29 50 V82 M71 50 V82", D, 1.5),
    "polo": area(_SHORT, A) + _COLLAR + line("M50 36 V48", D, 4) + row(dot(50, 40, 1.2, B), 2, 0, 5),
    "jumper": area(_SLEEVED, A) + line("M38 22 Q50 32 62 22", B, 4) + line("M28 79 H72", D, 5)
    + row(line("M30 50 l5 4 l5 -4 l5 4 l5 -4 l5 4 l5 -4 l5 4 l5 -4", B, 1.8), 2, 0, 12),
    "hoodie": area(_SLEEVED, A) + area("M34 24 Q50 4 66 24 Q58 36 50 36 Q42 36 34 24Z", D)
    + area("M40 24 Q50 14 60 24 Q50 34 40 24Z", B) + area("M36 60 L64 60 L69 76 L31 76Z", D)
    + line("M46 34 V46 M54 34 V46", W, 1.5),
    "trousers": area("M32 16 H68 L74 86 H56 L50 42 L44 86 H26Z", A) + rect(32, 14, 36, 7, B, 2)
    + line("M38 22 Q38 30 31 32 M62 22 Q62 30 69 32", D, 1.8) + line("M50 22 V40", D),
    "shorts": area("M28 26 H72 L80 70 H54 L50 50 L46 70 H20Z", A) + rect(28, 24, 44, 8, B, 2)
    + line("M50 32 V48", D) + line("M47 30 L44 42 M53 30 L56 42", W, 1.5),
    "skirt": area("M38 22 H62 L80 78 Q50 86 20 78Z", A) + rect(37, 18, 26, 7, B, 2)
    + line("M43 26 L34 79 M50 26 V81 M57 26 L66 79", D, 2),
    "dress": area("M40 16 L50 26 L60 16 L66 20 L60 44 L80 82 Q50 90 20 82 L40 44 L34 20Z", A) + rect(39, 42, 22, 5, B, 2)
    + "".join(dot(x, y, 2, B) for x, y in ((40, 56), (54, 60), (34, 72), (62, 74), (48, 76))),
    "jacket": area(_SLEEVED, A) + area("M36 23 Q50 8 64 23 L58 34 H42Z", D) + line("M50 34 V82", B, 2.5)
    + line("M35 62 H44 M56 62 H65", B, 2.5),
    "parka": area("M38 22 L18 34 L10 72 L22 76 L28 52 L26 90 H74 L72 52 L78 76 L90 72 L82 34 L62 22Z", A)
    + line("M35 26 Q50 6 65 26", B, 7) + line("M50 32 V90", D) + row(line("M29 46 H71", D, 1.5), 4, 0, 12),
    "gilet": area("M38 20 L30 24 L34 46 L30 84 H70 L66 46 L70 24 L62 20 L50 30Z", A) + line("M50 30 V84", B, 2.5)
    + row(line("M33 44 H67", D, 1.5), 4, 0, 11) + area("M38 20 L50 30 L62 20 L58 16 H42Z", B),
    "beanie": area("M22 62 Q22 24 50 24 Q78 24 78 62Z", A) + rect(18, 60, 64, 16, B, 6)
    + row(line("M34 30 V60", D, 2), 3, 16) + dot(50, 20, 8, B),
    "sunhat": oval(50, 62, 42, 13, A) + area("M28 60 Q28 26 50 26 Q72 26 72 60 Q50 68 28 60Z", L)
    + area("M28 54 Q50 62 72 54 V60 Q50 69 28 60Z", B),
    "gloves": mirrored(area("M18 82 V52 L10 44 L14 38 L22 44 V24 Q25 18 28 24 V40 V20 Q31 14 34 20 V40 V24 Q37 18 40 24 V82Z", A)
    + rect(17, 74, 24, 9, B, 2)),
    "scarf": area("M30 22 H70 V38 H30Z", A) + area("M34 36 H52 V82 H34Z", D) + area("M50 36 H66 V72 H50Z", A)
    + row(line("M36 82 V89", B, 2), 4, 4.5) + row(line("M34 50 H52", B, 2), 3, 0, 9) + line("M30 28 H70", B, 2),
    "socks": row(area("M24 16 H42 V52 L56 66 Q60 78 48 80 Q42 80 24 62Z", A) + rect(23, 15, 20, 7, B, 2)
    + area("M46 68 Q54 66 57 68 Q60 78 48 80 Q42 80 41 78Z", B), 2, 24, 4),
    "bibs": area("M36 12 H42 L44 36 H56 L58 12 H64 L68 40 L74 78 H54 L50 56 L46 78 H26 L32 40Z", A)
    + line("M27 75 H45 M55 75 H73", B, 4) + line("M33 42 L36 58 M67 42 L64 58", D),
    # footwear
    "boot": area("M26 16 H54 V46 Q70 50 82 58 Q86 62 86 70 H22 Q24 40 26 16Z", A) + area("M20 70 H87 V80 H20Z", B)
    + row(line("M40 26 H56", L, 2.5), 3, 0, 9) + row(rect(24, 80, 8, 4, B, 0), 4, 15),
    "wellington": area("M34 10 H58 V54 Q76 56 80 72 H32Z", A) + rect(30, 70, 52, 10, B, 3) + line("M34 18 H58", B, 4)
    + rect(52, 14, 8, 8, D, 2),
    "sneaker": area(_SHOE, A) + rect(12, 70, 78, 9, B, 4) + row(line("M40 47 L48 43", W, 2.4), 3, 7, 4.5)
    + area("M14 44 Q20 47 24 47 V66 H14Z", D),
    "derby": area("M14 64 V44 Q30 52 42 44 Q54 58 74 60 Q90 62 90 72 H14Z", A) + rect(14, 72, 76, 5, B, 1)
    + rect(14, 76, 18, 6, B, 1) + row(line("M44 49 L51 46", L, 2), 3, 6, 4) + line("M66 59 Q68 66 66 72", D),
    "loafer": area("M14 66 V50 Q24 54 32 46 Q40 58 60 58 Q90 60 90 72 H14Z", A) + rect(14, 72, 76, 5, B, 2)
    + area("M40 54 Q50 60 60 58 L58 64 Q48 66 38 60Z", D) + line("M62 58 Q80 60 84 66", D),
    "clog": area("M20 70 Q16 52 28 52 Q34 40 56 42 Q86 46 88 70Z", A) + area("M18 68 H88 Q90 80 80 80 H26 Q18 80 18 68Z", B)
    + "".join(dot(x, 54, 2, D) for x in (52, 60, 68)) + line("M28 52 Q24 44 34 42", D, 4),
    "sandal": area("M16 66 Q50 60 84 66 Q92 76 80 78 H20 Q12 76 16 66Z", B) + line("M30 67 Q36 42 52 66", A, 8)
    + line("M56 68 Q66 48 78 67", A, 8) + dot(38, 53, 2.5, L) + dot(67, 58, 2.5, L),
    "slipper": area("M14 70 Q12 58 30 58 Q40 40 64 44 Q90 50 88 70Z", A) + area("M14 68 H88 Q90 77 80 77 H22 Q14 77 14 68Z", D)
    + area("M28 58 Q34 44 48 46 Q40 56 44 62 Q34 64 28 58Z", B),
    # bags
    "backpack": line("M30 40 Q18 56 30 74 M70 40 Q82 56 70 74", E, 5) + _HANDLE + _PACK + line("M40 60 H60", B, 2.5),
    "rolltop": line("M30 40 Q18 56 30 74 M70 40 Q82 56 70 74", E, 5) + area("M30 28 H70 L74 84 H26Z", A)
    + rect(26, 18, 48, 12, D, 6) + line("M50 22 V46", B, 4) + rect(32, 62, 36, 5, W, 2),
    "messenger": line("M22 44 Q50 -4 78 44", E, 4) + rect(18, 40, 64, 42, D, 5) + area("M16 38 H84 V62 Q84 68 78 68 H22 Q16 68 16 62Z", A)
    + rect(30, 60, 6, 14, B, 1) + rect(64, 60, 6, 14, B, 1),
    "tote": line("M36 42 Q36 12 50 12 Q64 12 64 42", E, 4) + area("M24 38 H76 L82 84 H18Z", A) + area("M50 50 Q66 52 50 74 Q34 52 50 50Z", B),
    "sling": line("M22 78 Q20 30 74 16", E, 5) + turned(-18, rect(24, 42, 52, 30, A, 12) + line("M32 50 H66", B, 2.5) + rect(36, 56, 28, 10, D, 4)),
    "clutch": line("M20 44 Q50 14 80 44", B, 1.8) + area("M16 42 H84 L80 76 H20Z", A) + area("M16 42 H84 L50 64Z", D) + dot(50, 62, 4, B),
    "suitcase": line("M40 26 V12 H60 V26", E, 3.5) + _CASE + rect(44, 24, 12, 5, B, 2),
    "duffel": line("M36 44 Q36 24 50 24 Q64 24 64 44", B, 4) + rect(12, 40, 76, 38, A, 15) + line("M30 41 V77 M70 41 V77", B, 5) + line("M36 46 H64", D, 2.5),
    "cubes": rect(16, 50, 38, 32, A, 4) + rect(56, 58, 28, 24, B, 4) + rect(26, 24, 48, 24, D, 4) + line("M32 30 H68 M22 56 H48 M60 63 H80", W, 2),
    "pouch": line("M50 12 q8 0 8 6 q0 5 -8 5", E, 3) + rect(26, 22, 48, 62, A, 7) + row(rect(31, 30, 38, 13, B, 3), 3, 0, 17) + line("M36 34 H64 M36 51 H64 M36 68 H64", D, 2),
    # home
    "pan": turned(-30, oval(42, 52, 30, 28, A) + oval(42, 52, 24, 22, B) + rect(70, 48, 28, 8, D, 4)),
    "pot": rect(22, 40, 56, 38, A, 8) + rect(18, 34, 64, 8, D, 4) + rect(44, 25, 12, 8, B, 4) + rect(10, 46, 12, 7, D, 3) + rect(78, 46, 12, 7, D, 3) + rect(26, 44, 8, 28, L, 4),
    "bowl": area("M14 48 H86 Q84 80 50 80 Q16 80 14 48Z", A) + oval(50, 48, 36, 12, B) + oval(50, 45, 28, 14, W) + row(line("M38 40 q6 -6 12 0", B, 2), 2, 10, 4),
    "tray": row(area("M14 34 H86 L80 46 H20Z", A) + line("M14 34 H86", D, 4), 3, 0, 16) + "".join(dot(x, 30, 5, B) for x in (32, 50, 68)),
    "tumbler": area("M30 32 H70 L64 86 H36Z", A) + rect(27, 22, 46, 11, B, 4) + rect(42, 15, 18, 8, E, 3) + area("M33 50 H67 L65 66 H35Z", D) + line("M38 38 L41 80", L, 3),
    "bottle": rect(34, 34, 32, 54, A, 9) + area("M40 34 Q40 26 44 24 H56 Q60 26 60 34Z", A) + rect(42, 13, 16, 12, B, 3) + line("M50 13 q-7 -8 0 -8 q7 0 0 8", E, 2.5) + rect(39, 42, 5, 38, L, 2.5),
    "mug": line("M64 42 Q84 40 82 56 Q80 68 64 68", D, 6) + rect(26, 32, 40, 48, A, 8) + rect(26, 32, 40, 11, B, 5) + line("M38 24 q-4 -6 0 -10 M48 24 q-4 -6 0 -10", D, 2.5),
    "carafe": area("M34 20 H66 L52 40 L74 78 Q74 86 66 86 H34 Q26 86 26 78 L48 40Z", A) + area("M32 66 H68 L74 78 Q74 86 66 86 H34 Q26 86 26 78Z", B) + rect(42, 37, 16, 8, E, 3),
    "grinder": line("M50 18 H78 V26", D, 4) + dot(78, 28, 5, B) + rect(36, 22, 28, 36, A, 5) + rect(34, 56, 32, 30, B, 5) + rect(41, 28, 5, 24, L, 2),
    "kettle": line("M30 62 Q12 60 16 34 L10 30", A, 6) + area("M32 40 H68 L74 80 H26Z", A) + oval(50, 39, 18, 4, D) + dot(50, 32, 4, B) + line("M68 44 Q92 40 86 74", B, 6) + rect(22, 80, 56, 6, K, 3),
    "knife": turned(-35, area("M8 44 H62 V60 Q30 62 8 44Z", A) + rect(62, 44, 32, 13, B, 4) + dot(70, 50.5, 1.6, A) + dot(84, 50.5, 1.6, A)),
    "board": turned(-8, rect(18, 30, 64, 44, A, 6) + "".join(rect(24 + 13 * i, 36 + 11 * j, 12, 10, B, 1) for i in range(4) for j in range(3) if (i + j) % 2) + dot(75, 38, 3, E)),
    "jars": row(rect(12, 46, 22, 36, A, 5) + rect(11, 39, 24, 8, B, 3) + rect(14, 60, 18, 20, E, 4), 2, 54) + rect(37, 28, 26, 54, A, 5) + rect(36, 20, 28, 9, B, 3) + rect(39, 52, 22, 28, D, 4),
    "lunchbox": rect(16, 40, 68, 38, A, 7) + rect(16, 32, 68, 14, D, 6) + rect(44, 26, 12, 56, B, 2) + rect(40, 43, 20, 7, E, 2),
    "duvet": area("M10 44 Q16 30 50 30 Q84 30 90 44 L84 76 Q50 84 16 76Z", A) + line("M30 34 L28 78 M50 31 V80 M70 34 L72 78 M12 52 Q50 60 88 52 M14 65 Q50 73 86 65", B, 2),
    "bedding": rect(10, 22, 80, 24, E, 4) + rect(18, 34, 28, 16, B, 5) + rect(54, 34, 28, 16, B, 5) + area("M10 48 H90 V82 H10Z", A) + area("M10 48 H90 V57 Q50 65 10 57Z", L),
    "towel": rect(24, 20, 52, 6, E, 3) + rect(30, 22, 40, 62, A, 2) + row(line("M30 66 H70", B, 3), 2, 0, 7) + "".join(dot(37 + 9 * i, 34 + 9 * j, 1.6, D) for i in range(4) for j in range(3)),
    "blanket": rect(20, 22, 60, 54, A, 3) + row(line("M32 22 V76", B, 3), 4, 12) + row(line("M20 34 H80", D, 3), 4, 0, 10) + row(line("M22 76 V84", A, 2), 10, 6.2),
    "pillow": area("M18 30 Q50 38 82 30 Q74 52 82 74 Q50 66 18 74 Q26 52 18 30Z", A) + line("M26 38 Q50 44 74 38", B, 2) + dot(50, 53, 4, B) + line("M50 46 V60 M43 53 H57", E, 1.5),
    "lamp": area("M32 20 H68 L80 50 H20Z", B) + line("M50 50 V76", A, 6) + rect(32, 76, 36, 8, A, 4) + oval(50, 50, 30, 4, L),
    "wakelight": dot(50, 46, 32, B) + dot(50, 46, 25, A) + dot(50, 46, 14, L) + rect(34, 76, 32, 9, E, 4),
    "candle": area("M50 14 Q60 26 50 34 Q40 26 50 14Z", "#f6b73c") + line("M50 34 V42", K) + rect(30, 42, 40, 42, A, 6) + rect(35, 54, 30, 18, B, 2) + line("M40 60 H60 M43 66 H57", E, 2),
    "planter": "".join(line(f"M{x} 52 V30 M{x} 44 q-9 -2 -9 -10 M{x} 40 q9 -2 9 -10", B, 3.5) for x in (28, 50, 72)) + "".join(dot(x, 26, 5, B) for x in (28, 50, 72)) + rect(14, 52, 72, 26, A, 5) + rect(12, 74, 76, 8, D, 3),
    # electronics
    "powerbank": turned(10, rect(30, 16, 40, 68, A, 8) + rect(35, 22, 4, 56, L, 2) + row(dot(44, 74, 1.8, B), 4, 5) + rect(46, 14, 8, 4, K, 1) + area("M53 36 L43 52 H50 L47 64 L58 47 H51Z", B)),
    "solar": row(rect(10, 24, 25, 50, A, 3) + line("M22.5 26 V72 M11 36 H34 M11 49 H34 M11 62 H34", L, 1.2), 3, 27.5) + dot(80, 18, 8, B),
    "charger": rect(26, 34, 48, 46, A, 9) + rect(36, 18, 6, 16, "#b9bec4", 1) + rect(58, 18, 6, 16, "#b9bec4", 1) + rect(36, 48, 28, 7, B, 3.5) + rect(36, 62, 28, 7, B, 3.5),
    "cable": line("M20 76 Q6 40 40 40 Q80 40 66 64 Q52 82 40 60 Q30 36 74 26", A, 5) + rect(70, 16, 20, 14, B, 4) + rect(88, 20, 7, 6, "#b9bec4", 1) + rect(12, 70, 16, 14, B, 4),
    "chargestand": line("M38 80 L56 34", B, 6) + turned(14, rect(42, 14, 34, 52, K, 5) + rect(45, 18, 28, 42, L, 3)) + rect(22, 76, 56, 8, A, 4),
    "headphones": line("M20 60 Q18 16 50 16 Q82 16 80 60", A, 7) + mirrored(rect(13, 50, 17, 32, D, 8) + rect(23, 53, 8, 26, B, 4)),
    "earbuds": mirrored(turned(12, dot(30, 36, 10, A) + rect(25, 40, 8, 26, A, 4) + dot(36, 36, 5, B))) + rect(30, 66, 40, 20, D, 10) + dot(50, 76, 2, B),
    "speaker": rect(30, 16, 40, 70, A, 14) + "".join(dot(37 + 6.5 * i, 34 + 7 * j, 1.3, B) for i in range(5) for j in range(6)) + oval(50, 22, 14, 4, D) + line("M70 30 q12 2 8 14", B, 3),
    "microphone": rect(38, 12, 24, 40, A, 12) + line("M40 24 H60 M40 32 H60 M40 40 H60", D, 1.5) + line("M30 42 Q30 62 50 62 Q70 62 70 42 M50 62 V78", B, 4) + rect(32, 78, 36, 7, A, 3),
    "keyboard": rect(8, 34, 84, 36, B, 6) + "".join(rect(13 + 9.5 * i, 39 + 9 * j, 7.5, 7, A, 1.5) for i in range(8) for j in range(2)) + rect(13, 57, 17, 7, A, 1.5) + rect(32, 57, 36, 7, A, 1.5) + rect(70, 57, 17, 7, L, 1.5),
    "mouse": area("M30 82 Q22 30 48 20 Q74 14 76 50 Q78 82 64 82Z", A) + line("M50 20 Q54 40 72 40", D, 2) + rect(52, 24, 5, 11, B, 2.5) + line("M34 58 Q46 50 44 74", B, 3),
    "laptopstand": area("M24 18 H78 L82 50 H28Z", K) + area("M27 21 H75 L78 47 H31Z", B) + line("M26 54 H84", A, 5) + line("M34 56 L62 80 M78 56 L50 80", A, 5) + rect(30, 80, 48, 5, D, 2),
    "hub": rect(30, 34, 60, 26, A, 6) + row(rect(38, 43, 9, 7, K, 1.5), 4, 12) + line("M30 47 H16 Q10 47 10 58 V72", D, 4) + rect(5, 70, 10, 13, B, 3),
    "webcam": rect(24, 26, 52, 28, A, 13) + dot(50, 40, 11, K) + dot(50, 40, 7, B) + dot(47, 37, 2, W) + line("M50 54 V66", A, 6) + area("M32 68 H68 L74 80 H26Z", D),
    # sport
    "mat": rect(16, 60, 68, 14, A, 7) + dot(26, 50, 20, D) + dot(26, 50, 14, A) + dot(26, 50, 8, D) + dot(26, 50, 3, B) + rect(26, 66, 60, 8, L, 2),
    "bands": oval(50, 40, 34, 18, A) + oval(50, 40, 27, 12, "{bg}") + oval(50, 58, 34, 18, B) + oval(50, 58, 28, 13, "{bg}") + line("M17 42 Q20 58 50 58 Q80 58 83 42", A, 6),
    "dumbbell": turned(-20, rect(34, 46, 32, 8, "#b9bec4", 3) + mirrored(rect(24, 32, 10, 36, A, 4) + rect(14, 36, 10, 28, D, 4) + rect(30, 36, 4, 28, B, 1))),
    "kettlebell": line("M36 44 Q30 18 50 18 Q70 18 64 44", A, 8) + dot(50, 60, 25, A) + rect(34, 80, 32, 5, D, 2) + dot(50, 60, 11, B),
    "roller": turned(-14, rect(16, 36, 62, 30, A, 6) + row(line("M24 36 V66", D, 3), 5, 11) + oval(78, 51, 9, 15, D) + oval(78, 51, 4.5, 8, B)),
    "rope": line("M26 44 Q4 92 50 86 Q96 92 74 44", A, 3) + mirrored(turned(8, rect(20, 16, 9, 30, B, 4) + rect(20, 22, 9, 4, A, 1))),
    "helmet": area("M12 62 Q12 24 50 22 Q86 22 88 58 Q70 66 12 62Z", A) + line("M26 56 Q32 34 50 30 M44 58 Q48 40 62 32 M62 58 Q66 44 74 38", D, 4) + line("M28 63 Q34 80 50 82 M70 62 Q62 78 50 82", B, 2.5) + area("M8 60 Q30 56 40 62 Q24 68 8 66Z", B),
    "bikelight": turned(-14, rect(18, 32, 46, 28, A, 9) + rect(60, 28, 12, 36, D, 5)) + area("M76 30 L94 18 V58 L76 50Z", "#ffe9a8") + rect(24, 64, 22, 18, B, 6) + dot(35, 73, 5, W),
    "pump": rect(44, 26, 12, 54, A, 3) + rect(48, 12, 4, 16, "#b9bec4", 1) + rect(28, 8, 44, 7, B, 3.5) + rect(26, 80, 48, 6, B, 3) + dot(50, 72, 8, W) + line("M50 72 L54 67", K, 1.5) + line("M56 76 Q80 74 78 40", K, 3),
    "multitool": _MULTI + turned(-50, rect(52, 50, 34, 5, D, 2)) + turned(-105, rect(46, 44, 34, 5, "#b9bec4", 2)) + turned(25, rect(8, 60, 26, 5, "#b9bec4", 2)) + rect(38, 49, 24, 8, B, 4),
    "goggles": line("M10 44 Q50 30 90 44", A, 4) + mirrored(area("M12 42 Q30 32 46 42 Q46 62 30 62 Q14 60 12 42Z", A) + area("M18 45 Q30 39 41 45 Q40 57 30 57 Q20 56 18 45Z", B)) + line("M46 46 Q50 42 54 46", D, 3),
    "buoy": area("M32 26 Q50 12 68 26 Q80 50 68 72 Q50 84 32 72 Q20 50 32 26Z", A) + area("M26 40 H74 V52 H26Z", B) + line("M50 80 Q52 94 72 90", K, 2.5) + rect(42, 12, 16, 8, D, 3) + line("M38 30 Q34 44 36 60", L, 3),
    "vest": area("M34 14 H44 L46 40 L50 42 L54 40 L56 14 H66 L72 40 V82 H54 V50 H46 V82 H28 V40Z", A) + mirrored(rect(31, 46, 11, 24, B, 4) + line("M36 46 V34", B, 3)) + line("M46 60 H54 M46 72 H54", D, 3),
    "racket": turned(-28, oval(42, 30, 18, 22, A) + oval(42, 30, 14.5, 18.5, W) + line("M34 16 V46 M42 12 V49 M50 16 V46 M28 24 H56 M28 36 H56", D, 1) + rect(40, 52, 4, 22, "#b9bec4", 1) + rect(38, 72, 8, 20, A, 3)) + area("M66 62 L86 56 L82 76Z", B) + dot(70, 76, 6, A),
    "ball": dot(50, 50, 34, A) + area("M50 36 L62 45 L57 59 H43 L38 45Z", B) + line("M50 36 V18 M62 45 L80 38 M57 59 L68 76 M43 59 L32 76 M38 45 L20 38", B, 2.5),
    # outdoor
    "tent": area("M50 20 L92 78 H8Z", A) + area("M50 20 L66 78 H34Z", D) + area("M50 34 L58 78 H42Z", B) + line("M8 78 H92", E, 3) + line("M50 20 L46 14 M50 20 L54 14", E, 2),
    "sleepingbag": area("M32 14 Q50 6 68 14 Q80 40 70 82 Q50 92 30 82 Q20 40 32 14Z", A) + area("M38 18 Q50 12 62 18 Q64 34 50 36 Q36 34 38 18Z", B) + line("M64 30 V82", D, 2) + row(line("M28 50 Q46 54 62 50", D, 1.8), 3, 0, 12),
    "hammock": line("M14 12 V88 M86 12 V88", "#8b6a4a", 6) + line("M14 34 L24 44 M86 34 L76 44", K, 2) + area("M22 42 Q50 60 78 42 Q74 74 50 76 Q26 74 22 42Z", A) + line("M30 50 Q50 66 70 50 M34 60 Q50 72 66 60", B, 2.5),
    "stove": rect(36, 56, 28, 28, B, 6) + rect(44, 46, 12, 12, A, 2) + line("M30 36 L44 48 M70 36 L56 48 M50 34 V46", A, 4) + line("M26 36 H74", D, 3) + "".join(area(f"M{x} 20 q5 7 0 13 q-5 -6 0 -13Z", "#5aa9e6") for x in (40, 50, 60)) + line("M56 54 H76", K, 3),
    "filter": rect(40, 34, 20, 40, A, 6) + rect(44, 74, 12, 12, B, 3) + area("M34 12 Q50 6 66 12 L62 34 H38Z", B) + line("M44 42 V66 M50 42 V66 M56 42 V66", L, 2) + area("M50 88 q4 6 0 8 q-4 -2 0 -8Z", A),
    "coolbox": rect(14, 40, 72, 42, A, 5) + rect(12, 28, 76, 14, B, 5) + line("M28 28 Q28 14 50 14 Q72 14 72 28", E, 4) + rect(44, 38, 12, 10, K, 2) + area("M30 62 h14 M37 55 v14", B) + line("M24 62 h14 M31 55 v14 M26 57 l10 10 M36 57 l-10 10", W, 2),
    "headlamp": line("M14 52 Q16 24 50 24 Q84 24 86 52", B, 8) + rect(34, 40, 32, 26, A, 8) + dot(50, 53, 9, "#fff3c4") + dot(50, 53, 5, W) + area("M40 66 L22 90 H78 L60 66Z", "#fff3c4"),
    "lantern": line("M34 30 Q34 10 50 10 Q66 10 66 30", K, 3) + rect(32, 26, 36, 10, A, 4) + rect(36, 36, 28, 34, B, 3) + dot(50, 53, 9, "#ffd45e") + rect(30, 70, 40, 14, A, 4) + line("M36 36 V70 M64 36 V70", D, 3),
    "compass": rect(26, 12, 48, 76, B, 6) + dot(50, 56, 22, W) + dot(50, 56, 19, "#e9eef2") + area("M50 40 L56 56 H44Z", A) + area("M50 72 L56 56 H44Z", K) + dot(50, 56, 2.5, W) + line("M32 20 V28 M38 20 V25 M44 20 V28 M50 20 V25 M56 20 V28", K, 1.3),
    "poles": turned(12, line("M38 26 V90", A, 3.5) + rect(34, 10, 8, 20, "#c79a63", 3) + oval(38, 80, 6, 2.5, B)) + turned(-12, line("M62 26 V90", A, 3.5) + rect(58, 10, 8, 20, "#c79a63", 3) + oval(62, 80, 6, 2.5, B)),
    "chair": line("M26 44 L74 86 M74 44 L26 86", B, 4) + area("M22 18 Q50 24 78 18 L76 54 Q50 62 24 54Z", A) + area("M24 52 Q50 60 76 52 L72 66 Q50 72 28 66Z", D) + line("M22 18 L26 60 M78 18 L74 60", B, 4),
    "firstaid": rect(14, 34, 72, 46, A, 7) + line("M38 34 V24 H62 V34", D, 5) + dot(50, 57, 17, B) + rect(46, 47, 8, 20, A, 1) + rect(40, 53, 20, 8, A, 1),
    "binoculars": mirrored(area("M24 30 H40 L46 76 H16Z", A) + rect(25, 20, 14, 12, K, 3) + oval(31, 77, 15, 6, D) + oval(31, 77, 10, 3.6, B)) + rect(42, 38, 16, 14, D, 3),
    # stationery
    "notebook": rect(24, 14, 54, 72, A, 4) + rect(24, 14, 9, 72, D, 3) + rect(42, 28, 28, 16, B, 2) + line("M72 14 V86", K, 2) + line("M46 86 V94", B, 3),
    "spiralpad": rect(26, 22, 48, 62, A, 3) + rect(26, 26, 48, 58, W, 2) + row(line("M32 40 H68", "#b7c4d2", 1.4), 5, 0, 8) + row(line("M32 28 V16", B, 2.5), 7, 6),
    "planner": rect(22, 16, 56, 68, A, 5) + rect(28, 24, 44, 14, B, 2) + "".join(rect(28 + 9 * i, 44 + 10 * j, 7, 8, L, 1) for i in range(5) for j in range(3)) + rect(76, 28, 5, 10, B, 1) + rect(76, 44, 5, 10, E, 1),
    "envelope": rect(22, 20, 56, 40, W, 2) + line("M30 30 H70 M30 38 H62", "#c9c2b4", 1.6) + rect(14, 42, 72, 42, A, 3) + area("M14 42 L50 66 L86 42 V46 L50 70 L14 46Z", D) + dot(50, 68, 6, B),
    "cards": turned(-12, rect(18, 28, 40, 52, B, 3)) + turned(8, rect(40, 22, 42, 54, W, 3) + dot(61, 44, 11, A) + area("M61 66 Q50 62 52 54 Q61 56 61 66 Q61 56 70 54 Q72 62 61 66Z", B)),
    "pen": turned(-40, rect(14, 45, 52, 10, A, 5) + rect(52, 45, 5, 10, B, 0) + area("M66 46 H76 L90 50 L76 54 H66Z", B) + line("M78 50 H90", K, 1) + line("M18 44 H38", B, 2.5)),
    "inkbottle": rect(22, 42, 56, 42, A, 9) + rect(36, 24, 28, 14, K, 3) + rect(40, 36, 20, 8, D, 1) + rect(32, 54, 36, 20, B, 3) + line("M40 62 H60 M44 68 H56", A, 2),
    "pens": "".join(rect(16 + 14.4 * i, 24 + 4 * (i % 2), 10, 50, (A, B, D, E, L)[i], 4) + rect(16 + 14.4 * i, 18 + 4 * (i % 2), 10, 22, K, 3) + area(f"M{16 + 14.4 * i} {72 + 4 * (i % 2)} h10 l-5 12Z", K) for i in range(5)),
    "pencils": "".join(rect(20 + 12.4 * i, 36, 9, 48, c, 1) + area(f"M{20 + 12.4 * i} 36 h9 l-4.5 -16Z", "#e8c79a") + area(f"M{22.6 + 12.4 * i} 27 h3.8 l-1.9 -7Z", c) for i, c in enumerate((A, "#f2b134", "#5fa55a", B, "#7d5ba6"))),
    "paintbox": rect(14, 46, 72, 38, A, 5) + "".join(dot(24 + 13 * i, 57 + 15 * j, 5, c) for j in range(2) for i, c in enumerate((B, "#f2b134", "#5fa55a", "#3b8ed0", "#7d5ba6"))) + area("M16 44 L22 18 H78 L84 44Z", D) + area("M22 41 L27 22 H73 L78 41Z", W) + line("M34 32 q6 -6 12 0", B, 4),
    "organiser": rect(10, 56, 80, 24, A, 4) + rect(16, 44, 20, 30, D, 3) + line("M22 44 V22 M28 44 V16 M32 44 V26", B, 3.5) + rect(42, 62, 20, 12, B, 2) + rect(66, 62, 18, 12, D, 2) + rect(52, 34, 22, 24, K, 3) + rect(54, 36, 18, 20, L, 2),
    "whiteboard": rect(10, 20, 80, 54, "#c8d0d6", 4) + rect(13, 23, 74, 48, A, 2) + line("M22 36 H50 M22 46 H42", B, 3) + line("M56 58 L64 44 L72 52 L80 34", "#e2574c", 3) + dot(78, 62, 4, K) + rect(34, 74, 32, 5, B, 2),
    "deskpad": rect(12, 22, 76, 58, W, 3) + rect(12, 22, 76, 10, A, 3) + row(line("M22.8 32 V80", "#d8d2cc", 1.3), 6, 10.9) + row(rect(14, 37, 7, 4, B, 1), 7, 10.9) + row(rect(14, 46, 7, 3, A, 1), 4, 21.8),
    "scissors": line("M34 66 L66 14", B, 6) + line("M66 66 L34 14", B, 6) + mirrored(dot(30, 76, 14, A) + dot(30, 76, 7.5, "{bg}")) + dot(50, 41, 3, K),
    "tape": "".join(dot(x, y, 17, c) + dot(x, y, 8, "{bg}") for x, y, c in ((32, 36, A), (66, 38, B), (50, 66, D))) + rect(64, 64, 26, 8, D, 1),
}
