"""The user model, extended as the documentation of django-scim2 describes."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django_scim.models import AbstractSCIMUserMixin


class User(AbstractSCIMUserMixin, AbstractUser):
    @property
    def scim_groups(self):
        return self.groups

    @transaction.atomic
    def save(self, *args, **kwargs):
        """Saves in one transaction, and so syncs once: the mixin writes twice in order to store the ID."""
        super().save(*args, **kwargs)
