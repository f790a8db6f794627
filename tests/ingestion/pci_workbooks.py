"""Made-up PCI summaries of a later year in the two known shapes, in three spellings; the scores are no real ones."""

from __future__ import annotations

from typing import Any

PROVINCES = ["Lào Cai", "Hà Giang", "Đắk Nông", "Bà Rịa - Vũng Tàu", "Cần Thơ", "Bến Tre", "Huế", "Đà Nẵng"]
#: Vietnamese header, Vietnamese without marks, English, and the indicator they mean.
PARTS = [
    ("Gia nhập\n thị trường", "Gia nhap thi truong", "Entry Costs", "PCI.ENTRY_COSTS"),
    ("Tiếp cận đất đai", "Tiep can dat dai", "Land Access", "PCI.LAND_ACCESS"),
    ("Tính minh bạch", "Tinh minh bach", "Transparency", "PCI.TRANSPARENCY"),
    ("Chi phí thời gian", "Chi phi thoi gian", "Time Costs", "PCI.TIME_COSTS"),
    ("Chi phí không chính thức", "Chi phi khong chinh thuc", "Informal charges", "PCI.INFORMAL_CHARGES"),
    ("Cạnh tranh bình đẳng", "Canh tranh binh dang", "Bias", "PCI.POLICY_BIAS"),
    ("Tính năng động", "Tinh nang dong", "Proactivity", "PCI.PROACTIVITY"),
    ("Hỗ trợ doanh nghiệp", "Ho tro doanh nghiep", "Business support services", "PCI.BUSINESS_SUPPORT"),
    ("Đào tạo lao động", "Dao tao lao dong", "Labor training", "PCI.LABOR_TRAINING"),
    ("Thiết chế pháp lý", "Thiet che phap ly", "Legal Institutions", "PCI.LEGAL_INSTITUTIONS"),
]
WORDS = {
    0: ("Tỉnh", "Thứ tự", "Xếp hạng", "Nhóm xếp hạng"),
    1: ("Tinh", "Thu tu", "Xep hang", "Nhom xep hang"),
    2: ("Province", "No", "PCI 2014 ranking", "PCI tier"),
}
Grid = list[list[Any]]


def score(province: int, part: int) -> float:
    return round(4 + ((province * 7 + part * 3) % 50) / 10 + part / 100, 4)


def total(province: int) -> float:
    return round(70 - province * 1.25, 4)


def one_province_column(language: int = 0, year: int = 2014) -> Grid:
    province, order, rank, tier = (word.replace("2014", str(year)) for word in WORDS[language])
    grid: Grid = [[order, province, rank, tier, *(part[language] for part in PARTS), f"PCI {year}"]]
    for index, name in enumerate(PROVINCES):
        scores = [score(index, part) for part in range(len(PARTS))]
        grid.append([index + 1, name, index + 1, "Tốt", *scores, total(index)])
    return grid


def side_by_side(language: int = 0, year: int = 2014) -> Grid:
    province, order, rank, tier = (word.replace("2014", str(year)) for word in WORDS[language])
    blocks: list[Grid] = []
    for part, texts in enumerate(PARTS):
        rows = sorted(range(len(PROVINCES)), key=lambda index: -score(index, part))
        blocks.append([[None, texts[language]], *([PROVINCES[index], score(index, part)] for index in rows)])
    everyone = range(len(PROVINCES))
    blocks.append([[None, f"PCI {year}"], *([PROVINCES[index], total(index)] for index in everyone)])
    blocks.append([[None, rank], *([PROVINCES[index], index + 1] for index in everyone)])
    blocks.append([[None, tier], *([PROVINCES[index], "Tốt"] for index in everyone)])
    grid = [[cell for block in blocks for cell in block[row]] for row in range(len(PROVINCES) + 1)]
    grid[0][0] = province
    grid = [[order if row == 0 else row, *cells] for row, cells in enumerate(grid)]
    look_up = [None, PROVINCES[0]] + [score(0, 0) if index % 2 == 0 else None for index in range(len(grid[0]) - 2)]
    ranks = [None, "Ranking" if language == 2 else order, *look_up[2:]]
    return [*grid, [], list(grid[0]), look_up, ranks]
