//! What a tag's name says about it.

use rstml::node::NodeName;

/// The elements of drawings that the console uses, but for those that HTML has too.
const SVG: [&str; 15] =
    ["svg", "g", "path", "rect", "line", "circle", "ellipse", "polygon", "polyline", "text", "tspan", "defs", "pattern", "use", "symbol"];

pub(crate) fn is_svg(tag: &str) -> bool {
    SVG.contains(&tag)
}

/// Rust's own names begin with a capital or lie in a module.
pub(crate) fn is_component(name: &NodeName) -> bool {
    match name {
        NodeName::Path(path) => {
            let last = path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            path.path.segments.len() > 1 || last.starts_with(char::is_uppercase)
        }
        NodeName::Punctuated(_) | NodeName::Block(_) => false,
    }
}

/// The name as HTML has it: `r#as` is `as`.
pub(crate) fn in_html(name: &NodeName) -> String {
    name.to_string().replace("r#", "").replace(' ', "")
}
