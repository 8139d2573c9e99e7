//! The report in a real browser: headless Chromium loads it, walks through its runs, and says what it saw.
//!
//! Each report is shown in frames as wide as a phone and a desktop, once in light and once in dark. A script
//! that is added to a copy of the page notes every error and request, plays the user, and reports to the page
//! around it, whose content Chromium prints. Without a Chromium the test says so and passes.

use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const WIDTHS: [u32; 2] = [390, 1280];
/// For all frames of a scheme together.
const PATIENCE: Duration = Duration::from_secs(120);

const SURGE: &str = "deployment.spec.strategy.rollingUpdate.maxSurge=0,1,50%";
const UNAVAILABLE: &str = "deployment.spec.strategy.rollingUpdate.maxUnavailable=0,1";
const REPLICAS: &str = "deployment.spec.replicas=2..60";
const MIN_READY: &str = "deployment.spec.minReadySeconds=0..30";

/// Before the page's own script: notes what goes wrong.
const WATCH: &str = r#"<script>
window.seen = [];
addEventListener("error", (event) => seen.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => seen.push(`rejected: ${event.reason}`));
addEventListener("securitypolicyviolation", (event) => seen.push(`request: ${event.blockedURI}`));
for (const level of ["error", "warn"]) console[level] = (...words) => seen.push(`${level}: ${words.join(" ")}`);
</script>"#;

/// After the page's own script: plays the user.
const PLAY: &str = r#"<script>
addEventListener("load", async () => {
  await new Promise((resolve) => setTimeout(resolve, 200));
  const courses = [...document.querySelectorAll(".course")].map((course) => {
    const slider = course.querySelector("input"), clock = course.querySelector(".clock");
    const read = () => [".clock", ".counts", ".events", ".conditions"]
      .map((part) => course.querySelector(part).textContent).join("|") + course.querySelector(".cursor").getAttribute("x1");
    const states = [read()];
    slider.value = slider.max;
    slider.dispatchEvent(new Event("input"));
    states.push(read());
    slider.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", cancelable: true }));
    states.push(read());
    course.querySelector(".back").click();
    states.push(read());
    const stage = course.querySelector(".stage"), box = stage.getBoundingClientRect();
    stage.dispatchEvent(new PointerEvent("pointerdown", { clientX: box.left + box.width / 3, buttons: 1 }));
    states.push(read());
    return { different: new Set(states).size, of: states.length, clock: clock.textContent,
             table: course.querySelectorAll(".counts tr").length, value: slider.getAttribute("aria-valuetext") };
  });
  const outside = [...document.querySelectorAll("body *")].filter((element) =>
    element.getBoundingClientRect().right > innerWidth + 0.5 && !element.closest(".chart, .scroll, pre, .hidden, .skip"));
  const focusable = document.querySelectorAll("a[href], button, input, summary, [tabindex='0']").length;
  parent.postMessage({
    page: document.title, width: innerWidth, overflow: document.documentElement.scrollWidth - innerWidth,
    outside: outside.map((element) => element.tagName + "." + element.className), seen,
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
    background: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
    charts: document.querySelectorAll(".chart svg").length, courses, focusable,
    unlabelled: [...document.querySelectorAll("button, input")]
      .filter((element) => !element.textContent.trim() && !element.ariaLabel).length,
  }, "*");
});
</script>"#;

/// The page around the frames; its title says how many answers there are.
fn frames(pages: &[PathBuf]) -> String {
    let frame = |page: &PathBuf, width: u32| {
        let name = page.file_name().unwrap().display();
        format!("<iframe src=\"{name}\" width=\"{width}\" height=\"900\" style=\"border:0\"></iframe>\n")
    };
    let frames: Vec<String> = pages.iter().flat_map(|page| WIDTHS.map(|width| frame(page, width))).collect();
    let frames = frames.concat();
    format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><pre id=\"answers\">\n</pre><script>
        addEventListener(\"message\", (event) => {{
            document.getElementById(\"answers\").append(btoa(JSON.stringify(event.data)) + \"\\n\");
        }});
        </script>{frames}"
    )
}

/// Chromium by any of its names.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let known = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).flat_map(|folder| known.map(|name| folder.join(name)));
    named.into_iter().chain(found).find(|program| program.is_file())
}

/// What Chromium prints of a page, on stdout and stderr.
fn printed(chromium: &Path, page: &Path, is_dark: bool) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let scheme = if is_dark {
        "--blink-settings=preferredColorScheme=0"
    } else {
        "--blink-settings=preferredColorScheme=1"
    };
    let mut child = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args([
            "--enable-logging=stderr",
            "--window-size=1400,2000",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(scheme)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text).unwrap_or_default()
    });
    let err = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = err.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("Chromium did not end within {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    (out.join().unwrap(), err.join().unwrap())
}

/// Runs scenarios and puts a copy of each report, with our scripts in it, into `folder`.
fn reports(folder: &Path) -> Vec<PathBuf> {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let runs: [(&str, &[&str]); 5] = [
        ("image-pull-error-recovers", &["--runs", "40"]),
        ("scaling-is-no-rollout", &["--runs", "20"]),
        ("image-pull-error", &["--runs", "20"]),
        ("rolling-update", &["--runs", "1", "--set", "deployment.spec.replicas=2000"]),
        ("max-surge-only", &["--runs", "20", "--set", "deployment.spec.replicas=2"]),
    ];
    let batches = runs.map(|(name, arguments)| ("run", vec![name], arguments, name.to_owned()));
    let pairs: [(&str, Vec<&str>, &[&str], String); 4] = [
        (
            "compare",
            vec!["rolling-update"],
            &["--runs", "40", "--set", "deployment.spec.strategy.rollingUpdate.maxUnavailable=3"],
            "rolling-update.compare".to_owned(),
        ),
        (
            "compare",
            vec!["image-pull-error-recovers", "image-pull-error"],
            &["--runs", "20"],
            "image-pull-error-recovers.image-pull-error.compare".to_owned(),
        ),
        (
            "sweep",
            vec!["rolling-update"],
            &["--runs", "20", "--set", SURGE, "--set", UNAVAILABLE],
            "rolling-update.sweep".to_owned(),
        ),
        (
            "sweep",
            vec!["max-surge-only"],
            &["--runs", "10", "--latin-hypercube", "40", "--set", REPLICAS, "--set", MIN_READY],
            "max-surge-only.sweep".to_owned(),
        ),
    ];
    let copy = |(command, names, arguments, written): (&str, Vec<&str>, &[&str], String)| {
        let out = folder.join("results");
        let done = Command::new(env!("CARGO_BIN_EXE_rollout-lab"))
            .arg(command)
            .args(names.iter().map(|name| scenarios.join(format!("{name}.yaml"))))
            .args(arguments)
            .args(["--quiet", "--out"])
            .arg(&out)
            .output()
            .unwrap();
        assert!(done.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&done.stderr));
        let page = fs::read_to_string(out.join(&written).join("report.html")).unwrap();
        let page = page.replacen("<style>", &format!("{WATCH}<style>"), 1);
        let page = page.replacen("</body>", &format!("{PLAY}</body>"), 1);
        let path = folder.join(format!("{written}.html"));
        fs::write(&path, page).unwrap();
        path
    };
    batches.into_iter().chain(pairs).map(copy).collect()
}

/// What the frames have said.
fn answers(dom: &str) -> Vec<Value> {
    let block = dom.split_once("<pre id=\"answers\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let lines = block.unwrap_or_else(|| panic!("no page:\n{dom}")).0.split_whitespace();
    lines.map(|line| serde_json::from_slice(&decoded(line)).unwrap()).collect()
}

/// Base64, as `btoa` writes it.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(value).collect();
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, &digit| bits << 6 | u32::from(digit));
        let bytes = (bits << (6 * (4 - group.len()))).to_be_bytes();
        bytes[1..group.len()].to_vec()
    };
    digits.chunks(4).flat_map(group).collect()
}

#[test]
fn reports_work_in_a_browser() {
    let Some(chromium) = chromium() else {
        let hint = "skipped: there is no Chromium; install one, or name it in CHROMIUM";
        let _ = writeln!(report::terminal::stderr(), "reports_work_in_a_browser {hint}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let pages = reports(folder.path());
    let around = folder.path().join("around.html");
    fs::write(&around, frames(&pages)).unwrap();
    let mut backgrounds = Vec::new();
    for is_dark in [false, true] {
        let (dom, log) = printed(&chromium, &around, is_dark);
        assert!(!log.contains("CONSOLE"), "the console says:\n{log}");
        let answers = answers(&dom);
        assert_eq!(answers.len(), pages.len() * WIDTHS.len(), "{log}");
        answers.iter().for_each(check);
        backgrounds.push(answers[0]["background"].clone());
    }
    assert_ne!(backgrounds[0], backgrounds[1], "light and dark look the same");
}

/// One report at one width.
fn check(answer: &Value) {
    let none = Vec::new();
    let list = |key: &str| answer[key].as_array().unwrap_or(&none).clone();
    assert!(WIDTHS.iter().any(|width| answer["width"] == *width), "{answer:#}");
    for key in ["seen", "requests", "outside"] {
        assert!(list(key).is_empty(), "{key}: {answer:#}");
    }
    assert!(answer["overflow"].as_i64().is_some_and(|pixels| pixels <= 0), "{answer:#}");
    assert_eq!(answer["unlabelled"], 0, "{answer:#}");
    assert_ne!(answer["background"], answer["ink"]);
    let page = answer["page"].as_str().unwrap_or_default();
    // One chart of a comparison; a sweep walks through no run.
    let charts = if page.contains("comparison") || page.contains("sweep") { 1 } else { 2 };
    assert!(answer["charts"].as_u64() >= Some(charts), "{answer:#}");
    let courses = list("courses");
    assert_eq!(courses.is_empty(), page.contains("sweep"), "{answer:#}");
    for course in courses {
        assert!(course["different"].as_u64() >= Some(4), "scrubbing changes little: {answer:#}");
        assert!(course["table"].as_u64() >= Some(3), "{answer:#}");
        assert!(course["value"].as_str().is_some_and(|text| text.contains("pods available")), "{answer:#}");
    }
}
