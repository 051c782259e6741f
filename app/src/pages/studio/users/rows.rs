//! The rows of the list. The heads of columns that can be sorted by are links, which say the order.

use identity::search::{Direction, Hits, Order, Sort};
use identity::{Timestamp, User};
use leptos::prelude::*;

use super::acts::ACTS;
use super::columns::NUMBER;
use super::list::List;
use crate::components::full_name;
use crate::way_back::{hand_on, query_of};

/// What a list is sorted by, in words.
pub(super) fn sorted_by(sort: Sort) -> &'static str {
    match sort {
        Sort::Login => "last log-in",
        Sort::Seen => "first seen",
        Sort::Name => "name",
        Sort::Email => "e-mail",
    }
}

/// The table; whoever may act finds a box to tick in each row.
pub(super) fn table(list: &List, hits: &Hits, may_act: bool, now: Timestamp) -> impl IntoView + use<> {
    let tick = may_act.then(|| {
        view! { <th role="columnheader" scope="col"><span class="unseen">"Tick"</span></th> }
    });
    let heads = list.columns.iter().map(|column| match column.sort {
        Some(sort) => head(list, hits.order, column.head, sort),
        None => {
            let class = column.class.filter(|class| *class == NUMBER);
            view! { <th role="columnheader" scope="col" class=class>{column.head}</th> }.into_any()
        }
    });
    let heads = heads.collect_view();
    let rows: Vec<_> = hits.users.iter().map(|user| row(list, user, may_act, now)).collect();
    view! {
        <table role="table" class="people">
            <caption>{caption(hits)}</caption>
            <thead role="rowgroup">
                <tr role="row">{tick} {head(list, hits.order, "Name", Sort::Name)} {heads}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

fn caption(hits: &Hits) -> String {
    let order = match hits.order {
        Order::Match(_) => "best match first".to_owned(),
        Order::By(Sort::Login | Sort::Seen, Direction::Desc) => "newest first".to_owned(),
        Order::By(Sort::Login | Sort::Seen, Direction::Asc) => "oldest first".to_owned(),
        Order::By(_, Direction::Asc) => "A to Z".to_owned(),
        Order::By(_, Direction::Desc) => "Z to A".to_owned(),
    };
    let by = match hits.order {
        Order::Match(_) => String::new(),
        Order::By(sort, _) => format!("by {}, ", sorted_by(sort)),
    };
    format!("{} on this page, {by}{order}. Days are UTC.", hits.users.len())
}

/// A head that sorts; where the list is sorted by it already, it turns the order round.
fn head(list: &List, order: Order, word: &'static str, sort: Sort) -> AnyView {
    let (now, next) = match order {
        Order::By(by, direction) if by == sort => (Some(direction), direction.reversed()),
        _ => (None, sort.first_direction()),
    };
    let said = now.map(|direction| match direction {
        Direction::Asc => "ascending",
        Direction::Desc => "descending",
    });
    let arrow = now.map(|direction| if direction == Direction::Asc { " ↑" } else { " ↓" });
    let href = list.changed(|query| {
        query.sort = Some(sort);
        query.direction = (next != sort.first_direction()).then_some(next);
    });
    view! {
        <th role="columnheader" scope="col" aria-sort=said>
            <a href=href>{word}<span aria-hidden="true">{arrow}</span></a>
        </th>
    }
    .into_any()
}

fn row(list: &List, user: &User, may_act: bool, now: Timestamp) -> impl IntoView + use<> {
    let id = user.id.to_string();
    let name = full_name(user);
    let tick = may_act.then(|| {
        let of = format!("Tick {}", name.as_deref().unwrap_or(&id));
        view! {
            <td role="cell" class="pick">
                <input type="checkbox" name="user" value=id.clone() form=ACTS aria-label=of/>
            </td>
        }
    });
    let name = match name {
        Some(name) => view! { <bdi>{name}</bdi> }.into_any(),
        None => view! { <span class="quiet">"No name, "</span> <code>{id.clone()}</code> }.into_any(),
    };
    let address = hand_on(&super::super::user_address(user.id), &query_of(&list.address()));
    let cells = list.columns.iter().map(|column| {
        let class = column.class;
        let cell = (column.cell)(user, now);
        view! { <td role="cell" data-label=column.head class=class><span>{cell}</span></td> }
    });
    view! {
        <tr role="row">
            {tick}
            <th role="rowheader" scope="row">
                <a href=address>{name}</a>
            </th>
            {cells.collect_view()}
        </tr>
    }
    .into_any()
}
