from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=250, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    peer_groups = models.ManyToManyField(Group, related_name="user_set")

    @property
    def scim_groups(self):
        return self.peer_groups
