//! Texts that say the same take one spelling, so that how a server writes an expression is not taken for a change.

use crate::schema::{Column, Constraint, Generated, Index, Object, ObjectKind, Schema, Table};
use crate::server::ServerKind;
use crate::sql::{same_definition, same_expression, same_query};

/// The schema `from`, with every text that says the same as the one of `to` spelt as in `to`.
///
/// SQLite keeps statements to the letter: there a text that is written otherwise is another one.
pub(super) fn aligned(server: ServerKind, from: Schema, to: &Schema) -> Schema {
    if server != ServerKind::Postgres {
        return from;
    }
    let tables: Vec<Table> = from
        .tables()
        .iter()
        .map(|own| match to.tables().iter().find(|other| other.name() == own.name()) {
            Some(other) => table(own, other),
            None => own.clone(),
        })
        .collect();
    let objects: Vec<Object> = from
        .objects()
        .iter()
        .map(|own| match to.objects().iter().find(|other| other.is_same(own)) {
            Some(other) => object(own, other),
            None => own.clone(),
        })
        .collect();
    let schema = from.views().iter().cloned().fold(Schema::new(), Schema::with_view);
    let schema = from.triggers().iter().cloned().fold(schema, Schema::with_trigger);
    let schema = tables.into_iter().fold(schema, Schema::with_table);
    objects.into_iter().fold(schema, Schema::with_object)
}

fn table(own: &Table, to: &Table) -> Table {
    let columns = own.columns().iter().map(|own| match to.columns().iter().find(|other| other.name() == own.name()) {
        Some(other) => column(own, other),
        None => own.clone(),
    });
    let (mine, theirs) = (own.name().name(), to.name().name());
    let constraints = own.constraints().iter().map(|own| {
        let name = own.name_on(mine);
        match to.constraints().iter().find(|other| other.name_on(theirs) == name) {
            Some(other) => constraint(own, other),
            None => own.clone(),
        }
    });
    let indexes = own.indexes().iter().map(|own| match to.indexes().iter().find(|other| other.name() == own.name()) {
        Some(other) => index(own, other),
        None => own.clone(),
    });
    own.clone().remade(Some(columns.collect()), Some(constraints.collect()), Some(indexes.collect()))
}

fn column(own: &Column, to: &Column) -> Column {
    let mut column = own.clone();
    if let (Some(default), Some(other)) = (own.default(), to.default())
        && same_expression(default, other)
    {
        column = column.default_value(other);
    }
    if let (Some(generated), Some(other)) = (own.generation(), to.generation())
        && same_expression(generated.expression(), other.expression())
        && matches!(generated, Generated::Stored { .. }) == matches!(other, Generated::Stored { .. })
    {
        column = column.generated(other.clone());
    }
    column
}

fn constraint(own: &Constraint, to: &Constraint) -> Constraint {
    let (Some(definition), Some(other)) = (own.detail().definition(), to.detail().definition()) else {
        return own.clone();
    };
    let plain = |text: &str| text.trim_end_matches(" NOT VALID").to_owned();
    if !same_definition(&plain(definition), &plain(other)) {
        return own.clone();
    }
    // Whether it is valid is a difference of its own.
    let tail = if definition.ends_with(" NOT VALID") { " NOT VALID" } else { "" };
    own.clone().defined_by(format!("{}{tail}", plain(other)))
}

fn index(own: &Index, to: &Index) -> Index {
    match (own.definition(), to.definition()) {
        (Some(definition), Some(other)) if same_definition(definition, other) => own.clone().defined_by(other),
        _ => own.clone(),
    }
}

fn object(own: &Object, to: &Object) -> Object {
    let same = match own.kind() {
        ObjectKind::View | ObjectKind::MaterializedView => same_query,
        ObjectKind::Extension => same_extension,
        _ => same_definition,
    };
    let definition = if same(own.definition(), to.definition()) { to.definition() } else { own.definition() };
    let mut attached: Vec<String> = own
        .attached()
        .iter()
        .map(|own| to.attached().iter().find(|other| same_definition(own, other)).unwrap_or(own).clone())
        .collect();
    // Whose a schema is need not be known: a text does not say.
    let owner = |of: &[String]| of.iter().find(|statement| statement.contains(" OWNER TO ")).cloned();
    match (own.kind(), owner(&attached), owner(to.attached())) {
        (ObjectKind::Schema, None, Some(theirs)) => attached.push(theirs),
        (ObjectKind::Schema, Some(_), None) => attached.retain(|statement| !statement.contains(" OWNER TO ")),
        _ => {}
    }
    own.clone().redefined(definition, attached)
}

/// An extension without a version is of whatever version the server has.
fn same_extension(one: &str, other: &str) -> bool {
    let [a, b] =
        [one, other].map(|text| text.split_once(" VERSION ").map_or((text, None), |(head, of)| (head, Some(of))));
    same_definition(a.0, b.0) && (a.1.is_none() || b.1.is_none() || a.1 == b.1)
}
