"use strict";
(() => {
  const SERIES = ["orange", "blue", "green", "purple", "vermilion", "sky"].map((name) => `var(--${name})`);
  const LINES = [
    { column: 4, name: "pods that exist", color: "var(--grey)", width: 1.5 },
    { column: 1, name: "wanted", color: "var(--purple)", width: 1.5, dashes: "6 4" },
    { column: 3, name: "available", color: "var(--ink)", width: 2.5 },
    { column: 2, name: "promised", color: "var(--vermilion)", width: 2, dashes: "6 4" },
  ];
  const SHOWN_EVENTS = 8;

  const make = (name, attributes = {}, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const html = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  /** `12.3s`, `1m 23.4s`, `30m`. */
  const time = (millis) => {
    const tenths = Math.round(millis / 100);
    const hours = Math.floor(tenths / 36000), minutes = Math.floor(tenths / 600) % 60, rest = tenths % 600;
    const seconds = rest % 10 ? (rest / 10).toFixed(1) : String(rest / 10);
    const parts = [hours ? `${hours}h` : "", minutes ? `${minutes}m` : "", rest ? `${seconds}s` : ""];
    return parts.filter(Boolean).join(" ") || "0s";
  };
  /** The last entry that begins at or before `at`. */
  const held = (entries, at) => {
    let low = 0, high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (entries[middle][0] <= at) low = middle + 1; else high = middle;
    }
    return low - 1;
  };
  const timeTicks = (end, most) => {
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
    const step = 1000 * (steps.find((step) => end / 1000 / step <= most) ?? Math.ceil(end / 1000 / most));
    return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
  };
  const podTicks = (top) => {
    let step = 1;
    for (const factor of [2, 2.5, 2, 2, 2.5, 2, 2, 2.5, 2, 2, 2.5, 2]) if (top / step > 4) step *= factor;
    return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
  };

  class Course {
    constructor(article) {
      this.article = article;
      this.data = JSON.parse(article.querySelector("script").textContent);
      const times = [this.data.points, this.data.events, this.data.conditions, this.data.marks].flat();
      this.moments = [...new Set([0, ...times.map((entry) => entry[0]), this.data.end])]
        .filter((at) => at <= this.data.end)
        .sort((one, other) => one - other);
      this.slider = article.querySelector("input");
      this.slider.max = this.data.end;
      article.querySelector(".title").textContent = this.data.title + "."
        + (this.data.isGathered ? " Of changes that lie very close together only the lowest and the last are drawn." : "")
        + (this.data.setsLeftOut ? ` Of the ReplicaSets the earlier ${this.data.setsLeftOut} are not drawn.` : "");
      this.legend();
      this.listen();
      this.at = 0;
      this.draw();
      this.go(this.moments[Math.min(1, this.moments.length - 1)]);
    }

    legend() {
      const legend = this.article.querySelector(".legend");
      const entry = (text, className, style) => {
        const item = html("span"), swatch = html("i", className);
        Object.assign(swatch.style, style);
        item.append(swatch, text);
        legend.append(item);
      };
      for (const line of LINES) entry(line.name, line.dashes ? "dashed" : "", { borderColor: line.color });
      this.data.sets.forEach((set, index) => {
        entry(`${set.name} (revision ${set.revision})`, "block", { background: SERIES[index] });
      });
      if (this.data.sets.length) entry("pale: not available", "block", { background: "var(--grey)", opacity: 0.4 });
    }

    listen() {
      this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
      this.slider.addEventListener("keydown", (event) => {
        const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
        if (!(event.key in steps)) return;
        event.preventDefault();
        this.step(steps[event.key]);
      });
      this.article.querySelector(".back").addEventListener("click", () => this.step(-1));
      this.article.querySelector(".on").addEventListener("click", () => this.step(1));
      const stage = this.article.querySelector(".stage");
      const point = (event) => {
        if (!event.buttons) return;
        const box = stage.getBoundingClientRect();
        const share = (event.clientX - box.left - this.left) / (box.width - this.left - this.right);
        this.go(Math.round(Math.min(1, Math.max(0, share)) * this.data.end));
      };
      stage.addEventListener("pointerdown", point);
      stage.addEventListener("pointermove", point);
      let width = 0;
      new ResizeObserver(() => {
        if (stage.clientWidth === width) return;
        width = stage.clientWidth;
        this.draw();
        this.go(this.at);
      }).observe(stage);
    }

    /** Moves to the next or to the previous change. */
    step(by) {
      const next = by > 0
        ? this.moments.find((at) => at > this.at)
        : this.moments.findLast((at) => at < this.at);
      if (next !== undefined) this.go(next);
    }

    draw() {
      const stage = this.article.querySelector(".stage");
      const width = Math.max(280, stage.clientWidth), tall = 150, strip = 22, height = 2 * tall + strip + 34;
      [this.left, this.right, this.width] = [36, 10, width];
      const x = (this.x = (at) => this.left + (at / this.data.end) * (width - this.left - this.right));
      const top = 1.06 * Math.max(1, ...this.data.points.map((point) => Math.max(point[1], point[2], point[3], point[4])));
      const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": this.data.title });
      const panels = [10, 10 + tall + strip].map((from) => (pods) => from + tall - (pods / top) * (tall - 6));
      const [upper, lower] = panels;
      for (const y of panels) {
        for (const pods of podTicks(top)) {
          svg.append(make("line", { class: "grid", x1: this.left, x2: width - this.right, y1: y(pods), y2: y(pods) }));
          svg.append(make("text", { x: this.left - 6, y: y(pods) + 4, "text-anchor": "end" }, pods.toLocaleString("en")));
        }
      }
      for (const at of timeTicks(this.data.end, width / 90)) {
        svg.append(make("text", { x: x(at), y: height - 6, "text-anchor": at ? "middle" : "start" }, time(at)));
      }
      this.areas(svg, x, lower);
      for (const { column, color, width, dashes } of LINES) {
        const path = this.steps((point) => point[column]).map(([at, pods], index) =>
          (index ? `H${x(at).toFixed(1)}V` : `M${x(at).toFixed(1)} `) + upper(pods).toFixed(1));
        const line = { d: `${path.join("")}H${x(this.data.end).toFixed(1)}`, fill: "none", stroke: color, "stroke-width": width };
        svg.append(make("path", dashes ? { ...line, "stroke-dasharray": dashes } : line));
      }
      this.happenings(svg, x, 10 + tall + 3, strip - 6);
      for (const [at] of this.data.marks) {
        svg.append(make("line", { class: "mark", x1: x(at), x2: x(at), y1: 10, y2: height - 24 }));
      }
      this.cursor = make("line", { class: "cursor", y1: 6, y2: height - 22 });
      svg.append(this.cursor);
      stage.replaceChildren(svg);
    }

    /** Points at which a number changes. */
    steps(value) {
      const steps = [];
      for (const point of this.data.points) {
        if (!steps.length || steps[steps.length - 1][1] !== value(point)) steps.push([point[0], value(point)]);
      }
      return steps;
    }

    /** Pods of the sets, stacked: the available ones of each strong, the others pale. */
    areas(svg, x, y) {
      const layers = this.data.sets.flatMap((_, index) => [[index, 2, 0.9], [index, 1, 0.4]]);
      const size = (point, [index, column]) => {
        const set = point[5][index];
        return column === 2 ? Math.min(set[2], set[1]) : Math.max(0, set[1] - set[2]);
      };
      layers.forEach((layer, place) => {
        const below = (point) => layers.slice(0, place).reduce((sum, other) => sum + size(point, other), 0);
        const upper = [], lower = [];
        this.data.points.forEach((point, index) => {
          const next = this.data.points[index + 1]?.[0] ?? this.data.end;
          const low = y(below(point)), high = y(below(point) + size(point, layer));
          upper.push(`${x(point[0]).toFixed(1)} ${high.toFixed(1)}`, `${x(next).toFixed(1)} ${high.toFixed(1)}`);
          lower.push(`${x(point[0]).toFixed(1)} ${low.toFixed(1)}`, `${x(next).toFixed(1)} ${low.toFixed(1)}`);
        });
        svg.append(make("path", { d: `M${upper.join("L")}L${lower.reverse().join("L")}Z`, fill: SERIES[layer[0]], "fill-opacity": layer[2] }));
      });
    }

    /** Ticks between the panels: actions (long, blue), faults and warnings, and other events. */
    happenings(svg, x, y, height) {
      const colors = { user: "var(--blue)", fault: "var(--vermilion)", warning: "var(--vermilion)", normal: "var(--grey)" };
      const order = ["normal", "warning", "fault", "user"];
      const events = [...this.data.events].sort((one, other) => order.indexOf(one[1]) - order.indexOf(other[1]));
      for (const [at, kind] of events) {
        const isLarge = kind === "user" || kind === "fault";
        const from = isLarge ? y : y + height * 0.3;
        svg.append(make("line", {
          x1: x(at), x2: x(at), y1: from, y2: y + height, stroke: colors[kind], "stroke-width": isLarge ? 3 : 1,
        }));
      }
    }

    go(at) {
      this.at = at;
      this.slider.value = at;
      this.cursor.setAttribute("x1", this.x(at));
      this.cursor.setAttribute("x2", this.x(at));
      this.article.querySelector(".clock").textContent = `t = ${time(at)}`;
      const point = this.data.points[Math.max(0, held(this.data.points, at))];
      if (point) {
        this.counts(point);
        this.slider.setAttribute("aria-valuetext",
          `${time(at)}: ${point[3]} pods available, ${point[2]} promised, ${point[1]} wanted, ${point[4]} exist`);
      }
      this.conditions(at);
      this.events(at);
    }

    counts([, wanted, promised, available, exist, sets]) {
      const table = html("table"), head = html("tr");
      for (const name of ["pods", "wanted", "exist", "available"]) head.append(html("th", "", name));
      head.firstChild.scope = "row";
      const rows = [[`all (promised ${promised.toLocaleString("en")})`, wanted, exist, available]];
      this.data.sets.forEach((set, index) => rows.push([`${set.name}`, ...sets[index]]));
      const line = ([name, ...numbers], index) => {
        const row = html("tr"), label = html("th", "", name);
        label.scope = "row";
        if (index) label.style.boxShadow = `inset 3px 0 ${SERIES[index - 1]}`;
        row.append(label, ...numbers.map((number) => html("td", "", number.toLocaleString("en"))));
        return row;
      };
      table.append(head, ...rows.map(line));
      this.article.querySelector(".counts").replaceChildren(table);
    }

    conditions(at) {
      const index = held(this.data.conditions, at);
      const lines = index < 0 ? [] : this.data.conditions[index][1].map(([type, status, reason, message]) => {
        const line = html("p");
        line.append(html("b", "", `${type}=${status}`), ` ${reason}`, html("small", "", message));
        return line;
      });
      this.article.querySelector(".conditions").replaceChildren(...lines);
    }

    events(at) {
      const last = held(this.data.events, at);
      const shown = this.data.events.slice(Math.max(0, last + 1 - SHOWN_EVENTS), last + 1).reverse();
      const lines = shown.map(([since, kind, reason, text, count]) => {
        const line = html("li", kind + (since === at ? " fresh" : ""));
        const ago = since === at ? "now" : `${time(at - since)} ago`;
        const title = kind === "user" ? "the user" : kind === "fault" ? "a fault" : reason;
        line.append(html("b", "", title), count > 1 ? ` ${count} times, as ` : " ", text, html("small", "", `${time(since)}, ${ago}`));
        return line;
      });
      if (!lines.length) lines.push(html("li", "", "Nothing yet."));
      this.article.querySelector(".events").replaceChildren(...lines);
    }
  }

  for (const article of document.querySelectorAll(".course")) new Course(article);

  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code"), status = document.querySelector(".copied");
      try {
        await navigator.clipboard.writeText(code.textContent);
        status.textContent = "Copied.";
      } catch {
        getSelection().selectAllChildren(code);
        status.textContent = "Marked: press Ctrl+C to copy.";
      }
    });
  }
})();
