//! Shared pieces without data access: they get plain values and signals, and draw. Not in here: loading, actions, routes.
//!
//! | piece | use |
//! |---|---|
//! | `StateMark` `Tag` `Note` `Masked` (`Tone`) | state as icon + word + colour; a sentence that matters; content that may not be seen |
//! | `Button` (`ButtonKind`) | `disabled_because` says what is missing; `writes` carries the amber mark; `keys` prints the chord |
//! | `Panel` `Facts` `Fact` | a surface with a heading; names beside values |
//! | `Table` (`Head`, `Sorted`) | caption, sticky head, sideways scroll inside the panel; the page writes `<tbody>` |
//! | `FigureCard` `Sparkline` | a number, its shape, the rows behind it |
//! | `StepTree` (`TreeLine`, `StepRow`, `FoldRow`, `StepWhy`) and its pieces | pipeline tree on one time axis with memory against its limit |
//! | `Timeline` (`DeedRow`, `DeedKind`) `DiffView` (`Change`) | audit rows by day; before and after |
//! | `Dialog` (`DialogMode`) `ToastCorner` (`provide_toasts`, `use_toasts`) | modal on `<dialog>`; messages said once |
//! | `Field` (`FieldKind`) `SafeTextarea` | a labelled question with hint and error; the only textarea allowed |
//! | `EmptyState` `ErrorState` `Loading` | nothing, not possible, not yet |
//! | `CliLine` `CodeBlock` `JsonBlock` `LogBlock` (`LogLine`) `Kbd` | the terminal line with copy; text that stays text |
//! | `Countdown` `RelativeTime` | clocks that get `now` from the server |
//! | `FloorPlan` (`Plan`, `Room`, `Wall`) | a plan as SVG, unsure rooms hatched |
//! | `Chip` `Pager` | one condition of a filter; newer and older |
//!
//! Classes without a component (each described at the head of its file in `style/`): `.frame .head .crumbs .actions .cols .halves
//! .stack`, `.session .rail`, `.segments`, `.filters .query`, `.bulk .newrows`, `.form .pair .check .choices .choice .form-foot`,
//! `.menu`, `.palette`, `.sign-in .card .progress-steps .qr .secret .recovery`, `.live`, `.fold`, and the utilities `.soft .faint
//! .strong .small .num .mono .row .wide .end .clip .prose .visually-hidden .on-wide`. `data-tone=ok|fail|warn|run|skip` colours
//! whatever reads `--tone`.

mod button;
mod chip;
mod cli_line;
mod code_block;
mod countdown;
mod dialog;
mod diff_view;
mod empty;
mod field;
mod figure_card;
mod floor_plan;
mod kbd;
mod pager;
mod panel;
mod relative_time;
mod safe_textarea;
mod sparkline;
mod state_mark;
mod step_tree;
mod table;
mod timeline;
mod toast;
mod unique;

pub use button::{Button, ButtonKind};
pub use chip::Chip;
pub use cli_line::CliLine;
pub use code_block::{CodeBlock, JsonBlock, LogBlock, LogLine};
pub use countdown::{Countdown, clock};
pub use dialog::{Dialog, DialogMode};
pub use diff_view::{Change, DiffView};
pub use empty::{EmptyState, ErrorState, Loading};
pub use field::{Field, FieldKind};
pub use figure_card::FigureCard;
pub use floor_plan::{FloorPlan, Plan, Room, SURE, Wall};
pub use kbd::Kbd;
pub use pager::Pager;
pub use panel::{Fact, Facts, Panel};
pub use relative_time::RelativeTime;
pub use safe_textarea::SafeTextarea;
pub use sparkline::Sparkline;
pub use state_mark::{Masked, Note, StateMark, Tag, Tone};
pub use step_tree::{FoldRow, StepRow, StepTree, StepWhy, TreeLine, fold_link, step_cells, step_why, tree_axis};
pub use table::{Head, Sorted, Table};
pub use timeline::{DeedKind, DeedRow, Timeline};
pub use toast::{ToastCorner, Toasts, provide_toasts, use_toasts};
