"""The users of django-scim2, as its documentation extends Django's."""

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django_scim.models import AbstractSCIMUserMixin


class User(AbstractSCIMUserMixin, AbstractUser):
    @property
    def scim_groups(self):
        return self.groups

    @transaction.atomic
    def save(self, *args, **kwargs):
        """The mixin writes twice, to make the id known; one transaction is one wait for the disk."""
        super().save(*args, **kwargs)
