"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  /* Light or dark: as the reader's system is, until another is chosen here. */
  const stored = { get() { try { return localStorage.getItem("setia-theme"); } catch { return null; } },
                   set(value) { try { localStorage.setItem("setia-theme", value); } catch { /* no memory: it lasts for this visit */ } } };
  if (stored.get()) root.dataset.theme = stored.get();
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored.set(root.dataset.theme);
  });

  /* The place in the page, in the bar. */
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links.values()) link.removeAttribute("aria-current");
      const link = links.get(entry.target.id);
      link.setAttribute("aria-current", "true");
      const list = link.closest("nav");
      list.scrollTo({ left: link.offsetLeft - list.clientWidth / 2 + link.clientWidth / 2 });
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  for (const section of document.querySelectorAll("section")) seen.observe(section);

  /* Charts. */
  const options = { renderer: "svg", actions: false, formatLocale: data.formatLocale, timeFormatLocale: data.timeFormatLocale,
                    tooltip: { theme: "custom" } };
  const drawn = Object.entries(data.charts).map(([name, spec]) => {
    const place = byId("chart-" + name);
    if (place.clientWidth < 480) narrow(spec, place.clientWidth);
    else if (place.clientWidth < 700) spec.config.legend.columns = 2;
    return vegaEmbed(place, spec, options);
  });
  function narrow(spec, width) {
    spec.config.legend.columns = 1;
    spec.config.legend.labelLimit = width - 100;
    for (const layer of spec.layer) {
      const encoding = layer.encoding || {};
      if (encoding.x && encoding.x.axis) {
        if (encoding.x.type === "ordinal") encoding.x.axis.labelAngle = -45;
        else encoding.x.axis.tickCount = 4;
        if (encoding.x.axis.title) encoding.x.axis.title = wrapped(encoding.x.axis.title, Math.floor(width / 9));
      }
      if (encoding.y && encoding.y.axis && encoding.y.type === "nominal") {
        const names = [...new Set(spec.data.values.map((row) => row[encoding.y.field]))];
        const lines = Object.fromEntries(names.map((name) => [name, wrapped(name, 20)]));
        encoding.y.axis.labelExpr = `(${JSON.stringify(lines)})[datum.label]`;
        encoding.y.axis.labelFontSize = 11;
        spec.height = Math.max(spec.height, 42 * names.length + 60);
        if (encoding.x && encoding.x.axis) encoding.x.axis.titleAnchor = "end";
      }
    }
  }

  function wrapped(text, width) {
    const lines = [""];
    for (const word of String(text).split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && (lines[last] + " " + word).length > width) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines.slice(0, 3);
  }

  /* The table of customers: kept as columns, shown a page at a time. */
  if (data.customers) people(data.customers, data.words);
  Promise.all(drawn).then(() => root.setAttribute("data-ready", "true"));

  function people(table, words) {
    const { columns, kinds, labels } = table;
    const size = columns.customer_id.length;
    const numbers = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 0 });
    const cents = new Intl.NumberFormat(data.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const percents = new Intl.NumberFormat(data.locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    const show = {
      text: (value) => value ?? "–",
      number: (value) => (value === null ? "–" : numbers.format(value)),
      share: (value) => (value === null ? "–" : percents.format(100 * value) + "\u00a0%"),
      money: (value) => (value === null ? "–" : (Math.abs(value) < 100 ? cents : numbers).format(value)),
    };
    const cell = (field, row) => {
      const value = columns[field][row];
      return kinds[field] === "word" ? table.words[field][value] : show[kinds[field]](value);
    };
    const shown = [["customer_id", ""], ["segment", "wide"], ["p_defect", ""], ["value_at_risk", ""], ["clv", "wide"],
                   ["expected_value", "wide"], ["days_since_last", "wide"], ["contact", "wide"]];
    const details = ["segment", "status", "clv", "expected_value", "p_alive", "days_since_last", "frequency", "contact"];
    const state = { sort: null, down: true, page: 0, open: new Set() };
    const PAGE = 25;
    let rows = [];

    const head = document.querySelector("#customers-table thead tr");
    const body = document.querySelector("#customers-table tbody");
    for (const [field, width] of shown) {
      const th = document.createElement("th");
      const isText = ["text", "word"].includes(kinds[field]);
      th.scope = "col";
      th.className = [isText ? "" : "n", width].join(" ").trim();
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.field = field;
      button.textContent = labels[field];
      button.title = words.sorted + " " + labels[field];
      button.addEventListener("click", () => {
        state.down = state.sort === field ? !state.down : !isText;
        state.sort = field;
        state.page = 0;
        draw();
      });
      th.append(button);
      head.append(th);
    }
    const filters = { tasks: words.all_tasks, segment: words.all_segments, status: words.all_statuses };
    for (const [id, all] of Object.entries(filters)) {
      const held = new Set(columns[id].flat());
      const choices = Object.entries(table.words[id]).filter(([value]) => held.has(value));
      byId(id).append(new Option(all, ""), ...choices.map(([value, text]) => new Option(text, value)));
      byId(id).addEventListener("change", anew);
    }
    const texts = Array.from({ length: size }, (_, row) =>
      ["customer_id", "reason_1", "reason_2", "reason_3"].map((field) => columns[field][row] ?? "").join("\n").toLowerCase());
    byId("search").addEventListener("input", anew);
    byId("reset").addEventListener("click", () => {
      clear();
      Object.assign(state, { sort: null, down: true });
      anew();
    });
    byId("previous").addEventListener("click", () => { state.page -= 1; draw(); });
    byId("next").addEventListener("click", () => { state.page += 1; draw(); });
    byId("download").addEventListener("click", download);
    for (const button of document.querySelectorAll("button[data-filter]")) {
      const wanted = button.dataset.filter;
      const place = [byId("tasks"), byId("segment")].find((list) => [...list.options].some((one) => one.value === wanted));
      if (!place) { button.remove(); continue; }
      button.addEventListener("click", () => {
        clear();
        place.value = wanted;
        anew();
        byId("people").scrollIntoView();
      });
    }
    anew();

    function clear() {
      for (const id of ["search", ...Object.keys(filters)]) byId(id).value = "";
    }

    function anew() { state.page = 0; draw(); }

    function choose() {
      const wanted = byId("search").value.trim().toLowerCase();
      const [task, segment, status] = Object.keys(filters).map((id) => byId(id).value);
      rows = [];
      for (let row = 0; row < size; row++) {
        if (task && !columns.tasks[row].includes(task)) continue;
        if (segment && columns.segment[row] !== segment) continue;
        if (status && columns.status[row] !== status) continue;
        if (wanted && !texts[row].includes(wanted)) continue;
        rows.push(row);
      }
      if (state.sort) {
        const of = kinds[state.sort] === "word" ? (row) => cell(state.sort, row) : (row) => columns[state.sort][row];
        const collator = new Intl.Collator(data.locale, { numeric: true });
        const sign = state.down ? -1 : 1;
        rows.sort((a, b) => {
          const [x, y] = [of(a), of(b)];
          if (x === null || y === null) return (x === null) - (y === null); // what is not known comes last, either way
          return sign * (typeof x === "number" ? x - y : collator.compare(x, y)) || a - b;
        });
      }
    }

    function draw() {
      choose();
      const pages = Math.max(1, Math.ceil(rows.length / PAGE));
      state.page = Math.min(Math.max(state.page, 0), pages - 1);
      for (const th of head.children) {
        const field = th.firstChild.dataset.field;
        if (field === state.sort) th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        else th.removeAttribute("aria-sort");
      }
      body.replaceChildren();
      for (const row of rows.slice(state.page * PAGE, (state.page + 1) * PAGE)) {
        body.append(line(row));
        if (state.open.has(row)) body.append(more(row));
      }
      if (!rows.length) {
        const td = document.createElement("td");
        td.colSpan = shown.length;
        td.textContent = words.nobody;
        body.append(document.createElement("tr"));
        body.lastChild.append(td);
      }
      byId("count").textContent = words.shown.replace("{n}", numbers.format(rows.length)).replace("{of}", numbers.format(size));
      byId("page").textContent = `${numbers.format(state.page + 1)} / ${numbers.format(pages)}`;
      byId("previous").disabled = state.page === 0;
      byId("next").disabled = state.page >= pages - 1;
      byId("download").disabled = !rows.length;
    }

    function line(row) {
      const tr = document.createElement("tr");
      tr.className = "row";
      for (const [field, width] of shown) {
        const td = document.createElement("td");
        td.className = [["text", "word"].includes(kinds[field]) ? "" : "n", width].join(" ").trim();
        if (field === "customer_id") {
          const open = document.createElement("button");
          open.type = "button";
          open.className = "open";
          open.setAttribute("aria-expanded", String(state.open.has(row)));
          open.textContent = cell(field, row);
          td.append(open);
        } else if (field === "p_defect" && columns[field][row] !== null) {
          const bar = document.createElement("span");
          bar.className = "risk";
          bar.style.setProperty("--p", 100 * columns[field][row] + "%");
          bar.textContent = cell(field, row);
          td.append(bar);
        } else td.textContent = cell(field, row);
        tr.append(td);
      }
      tr.addEventListener("click", () => {
        if (String(getSelection())) return;
        if (!state.open.delete(row)) state.open.add(row);
        draw();
        const open = [...body.querySelectorAll(".open")].find((button) => button.textContent === cell("customer_id", row));
        if (open) open.focus({ preventScroll: true });
      });
      return tr;
    }

    function more(row) {
      const tr = document.createElement("tr");
      tr.className = "more";
      const td = document.createElement("td");
      td.colSpan = shown.length;
      const reasons = ["reason_1", "reason_2", "reason_3"].map((field) => columns[field][row]).filter((text) => text);
      if (reasons.length) {
        const list = document.createElement("ul");
        for (const text of reasons) {
          const item = document.createElement("li");
          item.textContent = text;
          list.append(item);
        }
        td.append(list);
      }
      const facts = document.createElement("dl");
      for (const field of details) {
        const dt = document.createElement("dt"), dd = document.createElement("dd");
        dt.textContent = labels[field];
        dd.textContent = cell(field, row);
        if (field === "expected_value" && columns.expected_value_lo[row] !== null)
          dd.textContent += ` (${cell("expected_value_lo", row)} – ${cell("expected_value_hi", row)})`;
        facts.append(dt, dd);
      }
      td.append(facts);
      tr.append(td);
      return tr;
    }

    /* What is shown, as a spreadsheet takes it; a text that it would take for a formula gets an apostrophe. */
    function csv() {
      const quoted = (value) => {
        if (value === null) return "";
        if (Array.isArray(value)) return value.join(" ");
        if (typeof value === "number") return String(value);
        const safe = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
        return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
      };
      const fields = Object.keys(columns);
      const lines = rows.map((row) => fields.map((field) => quoted(columns[field][row])).join(","));
      return "\ufeff" + [fields.join(","), ...lines].join("\r\n") + "\r\n";
    }

    function download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
      link.download = data.download;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }
  }
})();
