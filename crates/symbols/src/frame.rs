//! One line of a stack as the engines write it. What is not understood is no frame, and stays as it is.

/// A line of a stack that says where in which file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// As the engine calls it; none where the code has no name.
    pub function: Option<&'a str>,
    /// Address of the file, without what follows `?` or `#`.
    pub file: &'a str,
    pub spot: Spot,
    /// It was not called by the frame below: something waited for it.
    pub awaited: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Both count from 1.
    Text { line: u32, column: u32 },
    /// Bytes from the beginning of a WebAssembly module.
    Module { offset: u64 },
}

/// Reads a line: `at draw (https://h/app.js:1:2)` of Chromium, `draw@https://h/app.js:1:2` of Firefox and Safari, and in each of them
/// `https://h/app_bg.wasm:wasm-function[12]:0x4a2f`.
#[must_use]
pub fn frame(line: &str) -> Option<Frame<'_>> {
    let line = line.trim();
    let (function, place) = match line.strip_prefix("at ") {
        Some(rest) => chromium(rest),
        None => line.split_once('@')?,
    };
    let (file, spot) = place_of(place)?;
    let (function, awaited) = called(function);
    Some(Frame { function: Some(function).filter(|name| !name.is_empty()), file, spot, awaited })
}

/// `draw (place)`, or the place alone. The names of methods may hold brackets of their own, so the last pair counts.
fn chromium(rest: &str) -> (&str, &str) {
    let inside = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    inside.unwrap_or_else(|| rest.strip_prefix("async ").map_or(("", rest), |place| ("async ", place)))
}

/// The name without what engines say of how it was called.
fn called(name: &str) -> (&str, bool) {
    let plain = ["async ", "async*", "promise callback*", "setTimeout handler*", "EventListener.handleEvent*"]
        .iter()
        .find_map(|mark| name.strip_prefix(mark));
    let awaited = plain.is_some();
    let name = plain.unwrap_or(name);
    (name.strip_prefix("new ").unwrap_or(name).trim(), awaited)
}

fn place_of(place: &str) -> Option<(&str, Spot)> {
    let (front, last) = place.rsplit_once(':')?;
    let (file, spot) = if let Some(offset) = last.strip_prefix("0x") {
        let (file, function) = front.rsplit_once(':')?;
        function.strip_prefix("wasm-function[")?;
        (file, Spot::Module { offset: u64::from_str_radix(offset, 16).ok()? })
    } else {
        let (file, line) = front.rsplit_once(':')?;
        (file, Spot::Text { line: number(line)?, column: number(last)? })
    };
    let file = file.split(['?', '#']).next().unwrap_or(file);
    // A name with a space is of what `eval` was given, whose lines are not the file's.
    (!file.is_empty() && !file.contains(char::is_whitespace) && !file.starts_with('<')).then_some((file, spot))
}

fn number(text: &str) -> Option<u32> {
    // `parse` would take a sign.
    if text.bytes().all(|digit| digit.is_ascii_digit()) { text.parse().ok().filter(|number| *number > 0) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at<'a>(function: Option<&'a str>, file: &'a str, line: u32, column: u32) -> Option<Frame<'a>> {
        Some(Frame { function, file, spot: Spot::Text { line, column }, awaited: false })
    }

    #[test]
    fn frames_of_three_engines() {
        let app = "https://shop.example/assets/app-3f2a.js";
        let same = |line: &str, function: Option<&'static str>| assert_eq!(frame(line), at(function, app, 1, 2345), "{line}");
        same("    at draw (https://shop.example/assets/app-3f2a.js:1:2345)", Some("draw"));
        same("    at https://shop.example/assets/app-3f2a.js:1:2345", None);
        same("    at new Cart (https://shop.example/assets/app-3f2a.js?v=3:1:2345)", Some("Cart"));
        same("at Object.t [as render] (https://shop.example/assets/app-3f2a.js:1:2345)", Some("Object.t [as render]"));
        same("at <anonymous> (https://shop.example/assets/app-3f2a.js:1:2345)", Some("<anonymous>"));
        same("draw@https://shop.example/assets/app-3f2a.js:1:2345", Some("draw"));
        same("@https://shop.example/assets/app-3f2a.js#x:1:2345", None);
        same("global code@https://shop.example/assets/app-3f2a.js:1:2345", Some("global code"));
        let react = "@https://unpkg.example/react@18.2.0/index.js:3:4";
        assert_eq!(frame(react), at(None, "https://unpkg.example/react@18.2.0/index.js", 3, 4));
    }

    #[test]
    fn what_waited_is_told_from_what_called() {
        for line in ["at async load (https://h/a.js:1:2)", "async*load@https://h/a.js:1:2", "promise callback*load@https://h/a.js:1:2"] {
            let frame = frame(line).expect("a frame");
            assert_eq!((frame.function, frame.awaited), (Some("load"), true), "{line}");
        }
        assert!(frame("at async https://h/a.js:1:2").is_some_and(|frame| frame.awaited && frame.function.is_none()));
    }

    #[test]
    fn frames_of_modules() {
        let spot = Spot::Module { offset: 0x4a2f };
        for (line, function) in [
            ("at core::panicking::panic (https://h/app_bg.wasm:wasm-function[123]:0x4a2f)", Some("core::panicking::panic")),
            ("at https://h/app_bg.wasm:wasm-function[123]:0x4a2f", None),
            ("wasm-function[123]@https://h/app_bg.wasm:wasm-function[123]:0x4a2f", Some("wasm-function[123]")),
        ] {
            assert_eq!(frame(line), Some(Frame { function, file: "https://h/app_bg.wasm", spot, awaited: false }), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_frame() {
        for line in [
            "",
            "TypeError: x is undefined",
            "at Array.map (<anonymous>)",
            "at native",
            "sort@[native code]",
            "<?>.wasm-function[12]@[wasm code]",
            "draw@https://h/a.js:0:2",
            "draw@https://h/a.js:1:99999999999",
            "draw@https://h/a.js line 3 > eval:1:2",
            "at eval (eval at draw (https://h/a.js:1:2), <anonymous>:1:1)",
            "at x (https://h/app.wasm:wasm-function[1]:0xzz)",
            "https://h/a.js:1:2",
        ] {
            assert_eq!(frame(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in "\\PC{0,80}", mixed in "(at |async |@|\\(|\\)|:|0x|wasm-function\\[|[a-z0-9 ?#/<é]){0,24}") {
            for line in [line, mixed] {
                if let Some(frame) = frame(&line) {
                    prop_assert!(line.contains(frame.file) && !frame.file.is_empty());
                }
            }
        }
    }
}
