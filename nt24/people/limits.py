"""How far the power over others goes: nobody gives, or takes hold of, more than he has himself."""

from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet

from nt24.people.roles import named, ours


def permissions_to_give(giver: User) -> QuerySet[Permission]:
    rows = ours().select_related("content_type")
    if giver.is_superuser:
        return rows
    held = giver.get_all_permissions()
    return rows.filter(pk__in=[row.pk for row in rows if named(row) in held])


def may_give(giver: User, group: Group) -> bool:
    held = giver.get_all_permissions()
    permissions = group.permissions.select_related("content_type")
    return giver.is_superuser or all(named(row) in held for row in permissions)


def groups_to_give(giver: User) -> QuerySet[Group]:
    groups = Group.objects.prefetch_related("permissions__content_type")
    if giver.is_superuser:
        return groups
    held = giver.get_all_permissions()
    wanted = [group.pk for group in groups if {named(row) for row in group.permissions.all()} <= held]
    return Group.objects.filter(pk__in=wanted)


def may_manage(manager: User, other: User) -> bool:
    """Whoever sets somebody's password can be him: so only of those who may no more than oneself."""
    if manager.is_superuser or manager.pk == other.pk:
        return True
    return not other.is_superuser and powers_of(other) <= manager.get_all_permissions()


def powers_of(user: User) -> set[str]:
    """Also of somebody inactive, who has none at present and would have them again."""
    given = Permission.objects.filter(user=user) | Permission.objects.filter(group__user=user)
    return {named(row) for row in given.distinct().select_related("content_type")}
