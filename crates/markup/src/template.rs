//! All that is fixed of an element, as one constant: its tag, its fixed attributes, and its words when it holds nothing else.
//! A page names hundreds of them, and one string for each is the least it can cost. `markup-macro` writes them.

/// In front: an element of a drawing.
const SVG: char = '\u{1d}';
/// In front of the words.
const TEXT: char = '\u{1e}';
/// Between the tag, and the names and values of attributes in turn.
const PART: char = '\u{1f}';

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) &'static str);

impl Template {
    /// Whether it belongs to a drawing, and so into SVG's namespace.
    pub(crate) fn is_svg(self) -> bool {
        self.0.starts_with(SVG)
    }

    pub(crate) fn tag(self) -> &'static str {
        self.head().split(PART).next().unwrap_or_default()
    }

    /// Names and values.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let mut parts = self.head().split(PART).skip(1);
        std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
    }

    /// The words of an element that holds nothing else.
    pub(crate) fn text(self) -> Option<&'static str> {
        self.0.split_once(TEXT).map(|(_, text)| text)
    }

    fn head(self) -> &'static str {
        let head = self.0.split(TEXT).next().unwrap_or_default();
        head.strip_prefix(SVG).unwrap_or(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_fixed_is_found_again() {
        let all = Template("\u{1d}g\u{1f}class\u{1f}a b\u{1f}hidden\u{1f}\u{1e}words");
        assert!(all.is_svg());
        assert_eq!((all.tag(), all.text()), ("g", Some("words")));
        assert_eq!(all.attributes().collect::<Vec<_>>(), [("class", "a b"), ("hidden", "")]);
        let bare = Template("p");
        assert_eq!((bare.is_svg(), bare.tag(), bare.text(), bare.attributes().count()), (false, "p", None, 0));
    }
}
