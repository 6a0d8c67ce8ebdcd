# Every target brings the set-up it needs. Usage: make help
# All paths are relative, so that the folder may have blanks or Chinese characters in its name.

PYTHON ?= python3
COUNTY ?= 210903
YEAR ?= 2020
LOCK_FLAGS ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
STAMP := $(VENV)/.installed

# Without bytecode every command compiles pandas anew, three seconds each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: report test test-hard lint typecheck bench gallery audit compat lock lab clean help
.SUFFIXES:

# The stamp holds the folder it was made in: a virtual environment that was moved, copied or has lost its Python is
# made anew, not used.
$(shell [ ! -e $(STAMP) ] || { [ "$$(cat $(STAMP))" = "$$(pwd -P)" ] && $(VENV)/bin/python -c ""; } || rm -f $(STAMP))

report: $(STAMP)
	@$(VENV)/bin/edukit report $(COUNTY) $(YEAR)

# pytest comes last, so that its verdict is the last line.
test: lint typecheck
	@$(RUN) pytest -n auto --dist loadfile

# The long versions of the tests in docs/trust.md; what was tried is counted at the end.
test-hard: $(STAMP)
	@EDUKIT_HARD=1 $(RUN) pytest tests/test_hostile_files.py tests/test_hostile_names.py tests/test_fuzz.py \
		tests/test_fuzz_yaml.py tests/test_damage.py tests/test_independent.py tests/test_privacy.py tests/test_supply.py \
		tests/test_survey.py tests/test_sameness.py tests/test_batch.py tests/test_cluster.py tests/test_cut_off.py tests/test_faults.py

audit: $(STAMP)
	@$(VENV)/bin/python tests/audit.py

compat: $(STAMP)
	@$(VENV)/bin/python tests/compat.py

lint: $(STAMP)
	@$(RUN) ruff check
	@$(RUN) ruff format --check

typecheck: $(STAMP)
	@$(RUN) mypy

bench: $(STAMP)
	@$(RUN) bench
	@$(RUN) bench.warm
	@$(RUN) bench.batch --nation
	@$(RUN) bench.scale
	@$(RUN) bench.formats
	@$(RUN) bench.index
	@$(RUN) bench.plan

gallery: $(STAMP)
	@$(RUN) docs.gallery

# Keeps the locked versions that still fit; make lock LOCK_FLAGS=--upgrade takes the newest.
lock: $(STAMP)
	@$(RUN) uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --quiet $(LOCK_FLAGS) -o requirements.lock

lab: $(STAMP)
	@$(VENV)/bin/edukit lab $(NOTEBOOK)

clean:
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find edukit bench tests notebooks -depth \( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +
	@echo "已清除运行环境和缓存；数据和报告未动。"

help:
	@echo "make report     生成示例报告（新邱区 2020 年）；其他县：make report COUNTY=代码 YEAR=年份"
	@echo "make test       检查代码格式与类型，并运行全部测试和笔记本"
	@echo "make lint       只检查代码规范与格式"
	@echo "make typecheck  只检查类型"
	@echo "make test-hard  用更多的异常文件和损坏数据检验，见 docs/trust.md"
	@echo "make audit      核查依赖的已知漏洞（须能访问漏洞库）"
	@echo "make compat     用本机的各版本 Python 和最低、最高版本的依赖试运行"
	@echo "make bench      测量速度与内存，与目标对照"
	@echo "make gallery    重做 docs/pictures/ 中的图片（须有 Chromium、LibreOffice、pdftoppm）"
	@echo "make lab        打开 JupyterLab（中文界面）；直接打开某个笔记本：make lab NOTEBOOK=explore"
	@echo "make lock       按 pyproject.toml 更新 requirements.lock（全部升级：LOCK_FLAGS=--upgrade）"
	@echo "make clean      删除运行环境和缓存，保留数据和报告"
	@echo "首次运行自动安装依赖；需要 Python 3.11 以上，可用 PYTHON=python3.12 指定。"

# Set-up: uv where it can be had (seconds), else pip (a minute); both install exactly what the lock says and check
# every checksum. uv does not read pip's settings, so a mirror set for pip is passed on.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "需要 Python 3.11 以上，而 $(PYTHON) 不可用或版本过低：$$($(PYTHON) --version 2>&1)。" >&2; \
		echo "请安装较新的 Python，或指定其位置，例如：make PYTHON=python3.12" >&2; exit 1; }
	@[ -e $@ ] || $(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "无法建立虚拟环境。在 Debian、Ubuntu 上请先安装 python3-venv。" >&2; exit 1; }
	@echo "正在安装依赖（首次约需半分钟，之后不再安装）……"
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	@mirror=$$($(RUN) pip config list | sed -n "s/^[^=]*\.index-url='\(.*\)'$$/\1/p" | tail -n 1); \
	[ -z "$$mirror" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$mirror}"; \
	{ $(RUN) uv --version >/dev/null 2>&1 \
		|| $(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt; } \
	&& $(RUN) uv pip sync --quiet --python $(VENV)/bin/python --require-hashes requirements.lock \
	|| { echo "uv 不可用，改用 pip 安装，约需一分钟……"; \
		$(RUN) pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; } \
	|| { echo "依赖安装失败：请检查网络，或为 pip 设置可用的软件源。" >&2; exit 1; }
	@$(RUN) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@pwd -P > $@
