"""The sheet 填写说明 of the template: what to fill, for which judgement, how, and how to check it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edukit.dictionary import Dictionary
from edukit.workbook.edition import GUIDE, MARK, TITLE, news
from edukit.workbook.look import Look, lines

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format

NAME = GUIDE
WIDTHS = (26, 112)

STEPS = (
    ("第一步　填“学校”表", "每所学校（含教学点）一行。橙色表头为必填；其余各列尽量填全，暂缺的可以先空着。"),
    (
        "第二步　填其他工作表",
        "要判定哪一项，就填哪一项所需的工作表，见第三部分。各表的学校标识码、学校名称须与“学校”表完全一致。",
    ),
    ("第三步　清理并保存", "删除各表第4行的示例，保存为 {file}。"),
    (
        "第四步　检查并改正",
        "在命令行运行 {check}，逐条列出有问题的单元格、正确的范围和处理办法；改正后运行 {report} 生成报告。",
    ),
)

RULES = (
    (
        "空白与0",
        "空白＝未知，不等于0。确实没有的填0，查不到的留空，不要填“无”“—”“/”或估计数。留空的数据只使与其有关的判断成为“无法判定”，其余照常计算。",
    ),
    ("统计时点", "学生、班级、教师、校舍和设备均取当年9月1日的教育事业统计数；经济、经费数据取相应完整年度数。"),
    (
        "计量单位",
        "以第3行所列单位为准：面积为平方米，教学仪器设备资产值和学校经费为万元。从元、亩换算时请保留小数，不要先四舍五入。",
    ),
    (
        "填写提示",
        "选中单元格即显示填写要求和常见错误；鼠标停在表头上可查看数据来源和常见范围。有下拉箭头的列请从列表中选择。",
    ),
    (
        "代码",
        "学校标识码、行政区划代码已设为文本格式，开头的0不会丢失。从其他表格粘贴时请选择“选择性粘贴—数值”，以保留格式和下拉列表。",
    ),
    (
        "表格结构",
        "可以调整列的顺序、删去不用的列，也可以在右侧增加自己的列（不参与计算）；请不要改动表头文字，不要在数据中间插入小计、合计行。",
    ),
    (
        "示例行",
        "各表第4行是示例，数字为虚构，填写前请删除。校名、县名、指标等以“示例”开头的行不参与计算，所以真实名称不要以“示例”开头。",
    ),
)

NEEDS = (
    (
        "义务教育发展基本均衡\n8项指标校际差异系数",
        "“学校”表：在校生，专任教师（人数、学历、职称），校舍与运动场地，设备与图书。",
    ),
    (
        "义务教育优质均衡发展\n7项资源配置指标",
        "“学校”表：在校生，专任教师（学历、骨干教师、体育艺术教师），校舍与运动场地，教学仪器设备资产值，网络多媒体教室数。",
    ),
    ("学校规模与班额", "“学校”表：在校生数、班数、最大班额；“班额”表：各班额班数。只有平均班额不能代替最大班额。"),
    ("音乐、美术专用教室", "“学校”表：班数；“专用教室”表：逐间填写类别和面积。"),
    (
        "教师资格、培训与培训经费",
        "“学校补充”表：持有教师资格证、培训满360学时的专任教师数；“经费”表：公用经费与教师培训经费。",
    ),
    (
        "就近入学、随迁子女、巩固率",
        "“学校补充”表：划片范围内在校生、随迁子女、初中三年巩固率各列；“县级”表：招生与入学各列。",
    ),
    (
        "经费、待遇、交流轮岗等\n政府保障事项",
        "“县级”表：公用经费标准、教师待遇与交流轮岗、经费投入（连续四个年度）各列；“经费”表：各校公用经费。",
    ),
    (
        "没有可计算的数的事项",
        "“核查结论”表：每项一行，填结论、依据和佐证材料，如规划布局、编制统筹、基本均衡的17项政府工作（可填自评分）。",
    ),
    ("教育质量", "“学校补充”表：督导核查结论各列；“县级”表：质量监测、残疾儿童少年入学各列。"),
    (
        "社会认可度（公众满意度）",
        "“县级”表满意度调查各列（各类人员的汇总数）；或“问卷”表逐条填写回答，由软件汇总。两种填一种，发放和回收数仍填“县级”表。",
    ),
    (
        "本省办学基本标准\n（基本均衡的前置条件）",
        "“办学标准”表：各学段每项指标的标准值，最多十项；“学校补充”表：占地面积、校舍建筑面积等相应各列。",
    ),
    (
        "学位供给、特殊群体",
        "“学校补充”表：设计班数、核定学位数，寄宿、随迁、留守、特殊教育学生数；“县级”表：城镇常住人口、出生人口数。",
    ),
    (
        "校际差异率的估算（仅供参考）",
        "“测试成绩”表：本地统一测试的成绩，每生每科一行。判定只用“县级”表所填的国家监测结果。",
    ),
    ("放宽口径和待定口径", "“评估设置”表：采用的填“是”并写明依据；不采用的不必填。可选口径用 {options} 查看。"),
    ("迎检档案清单", "“迎检档案”表：33项档案的备齐情况；不填的，只列出软件能够生成的部分。"),
)

KINDS = (
    (
        "小学教学点",
        "单独列行，办学类型选“小学教学点”，“是否计校数”填“否”。其是否纳入评估由评估办法确定，软件自动处理，不必自行删减。",
    ),
    (
        "九年一贯制学校",
        "只填一行。在校生、班数、教师按小学段、初中段分别填写；校舍、设备、图书填全校数，由软件按规定比例分摊到两个学段。",
    ),
    (
        "完全中学、十二年一贯制学校",
        "同上，并须填写高中在校生数。缺少此数无法分摊，该校的校舍、设备类指标将“无法判定”。",
    ),
    (
        "民办、市直属、企业办学校",
        "照常列行，并如实选择举办者类型。基本均衡与优质均衡的纳入范围不同，由软件按评估办法处理。",
    ),
    ("分校区", "有独立学校标识码的单独列行；没有的并入校本部，学生与资源一并填报，不要只并入其中一项。"),
    ("特殊教育学校、职业初中", "只须填写学校名称和办学类型，不参与资源配置指标的计算。"),
    ("没有某一学段的学校", "该学段各列留空即可，例如小学的初中各列，不必逐格填0。"),
)


def write_guide(book: Workbook, look: Look, dictionary: Dictionary, *, code: str, name: str, year: int | None) -> None:
    """Add the sheet 填写说明 as the first of the workbook."""
    sheet = book.add_worksheet(NAME)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2.5)
    for index, width in enumerate(WIDTHS, start=1):
        sheet.set_column(index, index, width)
    heading = look.format(bold=True, font_size=12, font_color=Look.DEEP, bottom=2, bottom_color=Look.DEEP)
    label = look.format(bold=True, text_wrap=True, bottom=4, bottom_color=Look.RULE)
    text = look.format(text_wrap=True, bottom=4, bottom_color=Look.RULE)
    link = look.format(bold=True, underline=1, font_color=Look.DEEP_2, bottom=4, bottom_color=Look.RULE)

    sheet.set_row_pixels(0, 12)
    title = look.format(bold=True, font_size=18, font_color=Look.DEEP)
    sheet.merge_range(1, 1, 1, 2, f"{name}{TITLE}", title)
    sheet.set_row_pixels(1, 44)
    place = name or "＿＿＿＿＿＿"
    subtitle = f"县（市、区）：{place}　　年度：{year or '＿＿＿＿'}　　填报人：＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿"
    sheet.merge_range(2, 1, 2, 2, subtitle, look.format(font_color=Look.PALE_INK))
    sheet.set_row_pixels(2, 28)

    folder, stem = f"{code or '行政区划代码'}-{name or '县名'}", str(year or "年度")
    file = f"data/raw/{folder}/{stem}.xlsx"
    words = {
        "file": file,
        "check": f"edukit check {file}",
        "report": f"edukit report {code or '行政区划代码'} {stem}",
        "options": "edukit schemes quality-2017",
    }
    row = 3

    def section(number: str, rows: Sequence[tuple[str, str]], formats: Sequence[Format] | None = None) -> None:
        nonlocal row
        sheet.set_row_pixels(row, 14)
        sheet.merge_range(row + 1, 1, row + 1, 2, number, heading)
        sheet.set_row_pixels(row + 1, 30)
        row += 2
        for index, (left, right) in enumerate(rows):
            sheet.write_string(row, 1, left, formats[index] if formats else label)
            sheet.write_string(row, 2, right, text)
            sheet.set_row_pixels(row, 19 * max(lines(left, WIDTHS[0] - 1), lines(right, WIDTHS[1] - 3)) + 9)
            row += 1

    section("一、填写步骤", [(left, right.format(**words)) for left, right in STEPS])
    section("二、填写规则", RULES)
    section("三、哪些判断需要哪些数据", [(left, right.format(**words)) for left, right in NEEDS])
    section("四、各类学校怎么填", KINDS)
    colours = (
        ("必填", "橙色表头：必填，空白时该行不能使用。", look.header("必填")),
        ("按类型必填", "浅橙色表头：按办学类型必填，例如小学必填小学在校生数。", look.header("按类型必填")),
        ("选填", "浅蓝色表头：选填，空白按未知处理。", look.header("")),
        ("示例", "灰底斜体：示例行，填写前删除。", look.example("@", "center")),
        (
            "缺填",
            "填写时单元格变浅红色：该行已开始填写，但必填项仍空白。",
            look.format(bg_color=Look.MISSING, align="center"),
        ),
        (
            "矛盾",
            "变红色：部分大于总数，或学校标识码重复，必须改正。",
            look.format(bg_color=Look.WRONG, font_color="#9C0006", align="center"),
        ),
        (
            "偏离",
            "变黄色：超出常见范围，请核对单位和数值，确认无误可以保留。",
            look.format(bg_color=Look.UNUSUAL, align="center"),
        ),
    )
    sheet.set_h_pagebreaks([row])
    section("五、颜色说明", [(left, right) for left, right, _ in colours], [style for _, _, style in colours])
    section("六、各工作表", [(spec.name, spec.note) for spec in dictionary.sheets])
    for offset, spec in enumerate(dictionary.sheets, start=row - len(dictionary.sheets)):
        sheet.write_url(offset, 1, f"internal:'{spec.name}'!A1", link, spec.name, "转到该工作表")
    versions = [(f"第{number}版新增", news(dictionary, number)) for number in range(dictionary.version, 1, -1)]
    section("七、模板版本", [(MARK, str(dictionary.version)), *versions])

    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer(f'&C&"{Look.FONT}"&9第&P页，共&N页')
    sheet.activate()
